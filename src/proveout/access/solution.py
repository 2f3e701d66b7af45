"""Solutions: programs that solve a problem of CeesarCode, and one that solves none."""

import secrets
from typing import Any
from urllib.parse import quote

from proveout.access.answer import Wrong
from proveout.access.ceesar import Ceesar

DOCUMENTED = "float-mean"
# No line of a program is indented: an editor that indents on its own would do it twice.
MEAN = """\
import sys

numbers = [float(word) for word in sys.stdin.read().split()[1:]]
print(sum(numbers) / len(numbers))
"""
FROM_THE_TESTS = """\
import sys

answers = {answers!r}
print(answers.get(sys.stdin.read().strip(), ""))
"""
LONGEST = 20_000  # characters of tests that a program may carry


def solvable(ceesar: Ceesar, problems: list[dict[str, Any]]) -> tuple[dict[str, Any], str]:
    """Return a problem of the list and a Python program that solves it.

    The documents give one problem with its answer; where it is absent, the program knows the answers of the
    tests that can be read.

    Raises:
        Wrong: no problem of the list can be solved in Python.
    """
    __tracebackhide__ = True
    known = [problem for problem in problems if takes_python(problem)]
    for problem in known:
        if problem["ID"] == DOCUMENTED:
            return problem, MEAN
    for problem in known:
        answers = _answers(ceesar, problem["ID"])
        if answers and len(repr(answers)) < LONGEST:
            return problem, FROM_THE_TESTS.format(answers=answers)
    raise Wrong("no problem of the list can be solved in Python: none has tests that can be read")


def _answers(ceesar: Ceesar, problem_id: str) -> dict[str, str]:
    __tracebackhide__ = True
    answer = ceesar.http.get(f"/api/problem/{quote(problem_id, safe='')}/testcases").ok()
    tests = answer.json()
    if not isinstance(tests, list) or not all(isinstance(test, dict) for test in tests):
        raise Wrong(f"{answer}; expected a JSON array of tests")
    return {str(test.get("input")).strip(): str(test.get("output")).rstrip("\n") for test in tests}


def unsolvable() -> str:
    """Return a Python program that is no solution of anything."""
    return f"print({secrets.token_hex(8)!r})\n"


def takes_python(problem: dict[str, Any]) -> bool:
    """Return whether a problem is one program's work, and Python is among its languages."""
    return "python" in (problem.get("Languages") or []) and not problem.get("IsMultiPart")
