"""Definitions of a small system with two environments, written as one table and read by the catalogue."""

import copy

import pytest
import tomli_w

from proveout.catalogue.catalogue import load
from proveout.model.mistake import DefinitionError

SYSTEM = {
    "title": "CeesarCode",
    "order": ["dev", "prod"],
    "identity": {"path": "/api/health", "environment_field": "environment", "version_field": "version"},
    "ports": {"port": "PORT"},
    "logs": {"levels": ["debug", "info"], "level": r"level=(\w+)", "request_level": "info"},
}
CLAIM = {
    "id": "CC-HL-STATUS",
    "says": "health says so",
    "section": "Health",
    "environments": ["dev", "prod"],
    "kind": "check",
    "tier": "smoke",
    "proof": "live",
    "scope": "each",
    "verified_by": "HTTP",
}


def environment(name, variable):
    return {
        "identity": {"environment": name},
        "network": {"port": 8080, "reach": "network", "url_variable": variable},
        "configuration": {"file": f"config/env.{name}"},
        "cors": {"origin": "https://example.com"},
        "executor": {"modes": ["docker"]},
        "limits": {"executions": 5, "timeout": "30s", "memory": "256MiB"},
        "flags": {"pair_programming": True, "system_design_agent": True, "web_search": False},
        "logs": {"level": "info", "output": "streams"},
        "effects": {"live": ["reads"]},
        "start": {"command": ["{python}", "server.py"], "ready": "/api/health"},
        "budgets": {"answer": "5s"},
    }


class Definitions:
    """The definitions as tables that a test changes; `root` holds the files once they are written."""

    def __init__(self, root):
        self.root = root
        self.folder = root / "ceesar"
        self.system = copy.deepcopy(SYSTEM)
        self.claims = [copy.deepcopy(CLAIM)]
        self.dev = environment("dev", "CEESAR_DEV_URL")
        self.prod = environment("prod", "CEESAR_PROD_URL")

    def write(self):
        for place, content in {
            "system.toml": self.system,
            "claims.toml": {"claim": self.claims},
            "dev/environment.toml": self.dev,
            "prod/environment.toml": self.prod,
        }.items():
            path = self.folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(tomli_w.dumps(content))
        return self

    def load(self):
        return load(self.write().root)

    def mistakes(self):
        """The mistakes the catalogue finds in what is written, as texts."""
        try:
            load(self.root)
        except DefinitionError as error:
            return [str(mistake) for mistake in error.mistakes]
        return []


@pytest.fixture
def definitions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Definitions(tmp_path / "environments")
