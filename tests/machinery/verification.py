"""Runs of pytest with proveout, in processes of their own, as a user starts them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = """
[tool.pytest]
strict_markers = true
testpaths = ["suites"]
addopts = ["--import-mode=importlib", "-p", "no:locust", "-p", "no:pytest11.testinfra"]
"""


@dataclass(frozen=True)
class Verification:
    """A run that has ended: its exit code, everything it printed, and where its records are."""

    exit: int
    output: str
    reports: Path

    def evidence(self, environment: str) -> dict[str, Any]:
        """Return the evidence of one environment of the run."""
        (file,) = self.reports.glob(f"*/{environment.replace('/', '-')}/evidence.json")
        return json.loads(file.read_text())["predicate"]

    def verdict(self, environment: str = "ceesar/gamma") -> str:
        """Return the word and count of an environment, such as PASS 3/22."""
        said = self.evidence(environment)["urn:x-proveout:run:v1"]["verdict"]
        return f"{said['word']} {said['proven']}/{said['claims']}"

    def executed(self, environment: str = "ceesar/gamma") -> list[str]:
        """Return the checks that were executed."""
        attempts = self.evidence(environment)["urn:x-proveout:run:v1"]["attempts"]
        return [attempt["check"] for attempt in attempts if attempt["ending"] != "lost"]


def command(*arguments: str, reports: Path) -> list[str]:
    """Return the command line of a run that leaves its records in `reports`."""
    base = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    return [*base, "-o", f"proveout_reports={reports}", *arguments]


def surroundings(**variables: str) -> dict[str, str]:
    """Return the environment of a run: this one's without what pytest and earlier runs put there.

    No browser is at hand unless the test says so: it costs more than all other checks of a run.
    """
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "CEESAR_", "GAIA_", "PROVEOUT_"))
    }
    return {**kept, "PROVEOUT_CHROMIUM": "none", **variables}


def ended(
    words: list[str], *, cwd: Path, within: float, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, with nobody at the keyboard, and return how it ended."""
    return subprocess.run(
        words,
        cwd=cwd,
        env=surroundings(**variables),
        capture_output=True,
        text=True,
        timeout=within,
        stdin=subprocess.DEVNULL,
        check=False,
    )


Verify = Callable[..., Verification]


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    """Return a function that runs pytest over the suites and returns how it ended."""
    count = iter(range(100))

    def run(*arguments: str, project: Path = ROOT, allure: bool = False, **variables: str) -> Verification:
        if not allure:  # most runs do not look at its results, and it costs their start-up
            arguments = (*arguments, "-p", "no:allure_pytest")
        reports = tmp_path / f"reports-{next(count)}"
        done = ended(command(*arguments, reports=reports), cwd=project, within=180, **variables)
        return Verification(done.returncode, done.stdout + done.stderr, reports)

    return run


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a project with our definitions and the given files of checks."""

    def make(**checks: str) -> Path:
        root = tmp_path / "project"
        shutil.copytree(ROOT / "environments", root / "environments")
        (root / "pyproject.toml").write_text(PROJECT)
        for name, text in checks.items():
            file = root / "suites" / f"test_{name}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text("import pytest\nfrom proveout import serves, verifies\n" + text)
        return root

    return make
