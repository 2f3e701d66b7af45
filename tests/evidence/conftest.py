"""Definitions of one environment with a configuration and an artifact, and records of runs."""

from datetime import UTC, datetime

import pytest
import tomli_w

from proveout.catalogue.catalogue import load
from proveout.evidence.artifact import Artifact
from proveout.evidence.statement import Attempt, Record
from proveout.model.verdict import Verdict, Word

SYSTEM = {
    "title": "Demo",
    "order": ["dev"],
    "identity": {"path": "/", "environment_field": "environment", "version_field": "version"},
    "ports": {"port": "PORT"},
    "logs": {"levels": ["info"], "level": r"level=(\w+)", "request_level": "info"},
}
DEV = {
    "identity": {"environment": "dev"},
    "network": {"port": 8080, "reach": "loopback", "url_variable": "DEMO_DEV_URL"},
    "configuration": {"file": "config/env.dev"},
    "logs": {"level": "info", "output": "streams"},
    "effects": {"live": ["reads"]},
}


class Place:
    """The files of an environment; `start` says which of them a copy gets."""

    def __init__(self, root):
        self.system = root / "environments" / "demo"
        self.dev = self.system / "dev"
        self.start = {"command": ["x"], "ready": "/", "files": {"config": "../config", "data": "../data"}}
        for path in (self.dev, self.system / "config", self.system / "data"):
            path.mkdir(parents=True)
        (self.system / "system.toml").write_text(tomli_w.dumps(SYSTEM))
        (self.system / "claims.toml").write_text("# none\n")
        (self.system / "config" / "env.dev").write_text("PORT=8080\n")
        (self.system / "data" / "problem").write_text("x")

    @property
    def environment(self):
        start = {"start": self.start} if self.start else {}
        (self.dev / "environment.toml").write_text(tomli_w.dumps(DEV | start))
        return load(self.system.parent).environments["demo/dev"]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def record_of(place):
    """A function that returns the record of a run, with what is said of it."""

    def record_of(**changes):
        usual = {
            "run": "20261122-140000-abcd",
            "environment": place.environment,
            "provenance": "reference",
            "url": "http://127.0.0.1:8080",
            "said": {"environment": "dev", "version": "1.0.0"},
            "moved": {"PORT": "40001"},
            "begun": datetime(2026, 11, 22, 14, tzinfo=UTC),
            "ended": datetime(2026, 11, 22, 14, 1, 30, 999999, tzinfo=UTC),
            "selection": {"markers": "smoke"},
            "verdict": Verdict(Word.PASS, 2, 4),
            "proven": ("CC-B", "CC-A"),
            "failed": {},
            "unverified": {"CC-D": "no log", "CC-C": "not selected"},
            "attempts": (Attempt("suites/x.py::test_a", ("CC-A",), "passed", 0.12345, "", {"visits": 600}),),
            "requests": 7,
            "artifact": Artifact(None, "none", "", "no [artifact] path"),
            "log": {"unknown": "no access to its log"},
            "origin": {"unknown": "no --env-source"},
            "by": "somebody",
        }
        return Record(**usual | changes)

    return record_of
