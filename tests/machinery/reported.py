"""A run in which everything happens that can happen to a check, and what it left for Allure."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from machinery.servers import run_folder
from machinery.verification import PROJECT, ROOT, command, ended

KEY = "a-key-that-nobody-may-see-8f2c"
CHECKS = """
import os

import pytest
from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("CC-HL-METHOD")
def test_health_is_asked_for_with_get(ceesar):
    assert ceesar.health().answer.status == 200


@verifies("CC-HL-STATUS")
def test_health_is_healthy(ceesar):
    expected = "fine" if ceesar.environment.name == "gamma" else "healthy"
    assert ceesar.health().status == expected


@verifies("CC-HL-VERSION")
def test_the_version_is_no_secret(ceesar):
    if ceesar.environment.name == "gamma":
        key = os.environ["GEMINI_API_KEY"]
        raise AssertionError(f"the version is {key}")


@pytest.mark.reads
@verifies("CC-HL-TIMESTAMP")
def test_nothing_is_deleted(ceesar):
    if ceesar.environment.name == "prod":
        ceesar.http.ask("DELETE", "/api/problems")


@pytest.fixture
def broken(environment):
    if environment.name == "prod":
        raise RuntimeError("the fixture is broken")


@verifies("CC-VER-PROBLEMS")
def test_problems_are_listed(ceesar, broken):
    assert ceesar.problems()


@verifies("CC-VER-HEALTH")
def test_health_succeeds(ceesar):
    if ceesar.environment.name == "dev":
        pytest.skip("not today")


@verifies("CC-VER-RUN-PY")
def test_the_documented_program_prints_hello(ceesar):
    if ceesar.environment.name == "dev":
        os._exit(9)


@verifies("CC-ENV-COUNT")
def test_every_environment_is_there(ceesar_environments):
    assert len(ceesar_environments) == 3
"""


@dataclass(frozen=True)
class Made:
    """A run that has ended, and its results as Allure's files say them."""

    folder: Path
    output: str
    exit: int

    @property
    def results(self) -> list[dict]:
        return [json.loads(f.read_text()) for f in sorted(self.folder.glob("allure-results/*-result.json"))]

    def of(self, name: str, where: str) -> dict:
        """Return the only result with this name in one environment."""
        (found,) = [r for r in self.results if name in r["name"] and label(r, "environment") == [where]]
        return found


def label(result: dict, name: str) -> list[str]:
    return [each["value"] for each in result["labels"] if each["name"] == name]


def everything(root: Path) -> Made:
    """Run checks of every outcome over three environments, in a project of their own."""
    (root / "environments").symlink_to(ROOT / "environments")
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "suites").mkdir()
    (root / "suites" / "test_service.py").write_text(CHECKS)
    words = command("--env=ceesar", "-m", "smoke", "-n", "2", "--clean-alluredir", reports=root / "reports")
    done = ended(words, cwd=root, within=120, GEMINI_API_KEY=KEY)
    return Made(run_folder(root / "reports"), done.stdout + done.stderr, done.returncode)


def proveout(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    program = str(Path(sys.executable).with_name("proveout"))
    return ended([program, *words], cwd=cwd, within=300, **variables)
