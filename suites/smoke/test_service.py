"""CeesarCode serves: the three calls that its documents verify a deployment with."""

import secrets

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("CC-VER-HEALTH")
def test_health_succeeds(ceesar):
    assert ceesar.health().answer.status == 200


@verifies("CC-VER-PROBLEMS")
def test_problems_are_listed(ceesar):
    assert ceesar.problems(), "the list of problems is empty"


@verifies("CC-VER-RUN-PY")
def test_the_documented_program_prints_hello(ceesar):
    documented = ceesar.run("python", 'print("Hello")')
    assert (documented.result, documented.error) == ("Hello\n", "")
    # The documented answer alone could be a constant; a word nobody could know must come back as well.
    word = secrets.token_hex(8)
    assert ceesar.run("python", f"print({word!r}[::-1])").result == f"{word[::-1]}\n"


@verifies("CC-CHAR-DATA-PROD")
def test_real_problems_can_be_opened(ceesar):
    problems = ceesar.problems()
    assert problems, "the list of problems is empty"
    assert ceesar.problem(problems[0]["ID"])["Title"] == problems[0]["Title"]
