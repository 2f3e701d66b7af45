"""Checker: judges a program by a problem's tests.

Outputs are compared line by line, each line by its words: runs of blanks count as one, blanks at the ends
of a line and empty lines at the end of the output do not count. Words are compared as text.
"""

import math
from typing import Any

from proveout_reference.ceesar.executor.executor import Executor, Session
from proveout_reference.ceesar.executor.languages import Language
from proveout_reference.ceesar.executor.outcome import describe
from proveout_reference.ceesar.testcases import Case

ACCEPTED, REJECTED, ERROR = "Accepted", "Rejected", "Error"
RIGHT, WRONG, FAILED, INTERNAL = "AC", "WA", "RE", "IE"
_LONGEST_MESSAGE = 300


async def judge(
    executor: Executor, language: Language, files: dict[str, str], cases: list[Case]
) -> dict[str, Any]:
    """The verdict with one entry for each test, or one named compile when the program does not compile.

    Accepted: every test is right. Rejected: one is wrong or fails. Error: nothing could be judged.
    """
    async with executor.open(language, files) as session:
        if session.missing_tool():
            message = f"{language.name} is not installed in this environment"
            return _answer(ERROR, [_entry(case.name, INTERNAL, 0.0, message) for case in cases])
        compiled = await session.compile()
        if compiled is not None and not compiled.succeeded:
            message = compiled.stdout.decode("utf-8", "replace") or "compilation failed"
            return _answer(ERROR, [_entry("compile", FAILED, compiled.seconds, message)])
        tests = [await _judge_one(session, executor, case) for case in cases]
    if not tests:
        return _answer(ERROR, [])
    right = all(test["status"] == RIGHT for test in tests)
    return _answer(ACCEPTED if right else REJECTED, tests)


async def _judge_one(session: Session, executor: Executor, case: Case) -> dict[str, Any]:
    outcome = await session.run(case.input, merge=False)
    if not outcome.succeeded:
        message = describe(outcome, executor.limits, session.language.processes)
        last_line = outcome.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return _entry(case.name, FAILED, outcome.seconds, f"{message}: {last_line}" if last_line else message)
    difference = first_difference(case.output, outcome.stdout.decode("utf-8", "replace"))
    return _entry(case.name, WRONG if difference else RIGHT, outcome.seconds, difference)


def first_difference(expected: str, printed: str) -> str:
    """A sentence on the first line that differs, empty when the outputs agree."""
    wanted, found = _lines(expected), _lines(printed)
    for number in range(max(len(wanted), len(found))):
        want = " ".join(wanted[number]) if number < len(wanted) else "the end"
        have = " ".join(found[number]) if number < len(found) else "the end"
        same = number < min(len(wanted), len(found)) and wanted[number] == found[number]
        if not same:
            return f"line {number + 1}: expected {want!r}, found {have!r}"
    return ""


def _lines(text: str) -> list[list[str]]:
    lines = [line.split() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _answer(verdict: str, tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {"verdict": verdict, "tests": tests}


def _entry(name: str, status: str, seconds: float, message: str) -> dict[str, Any]:
    milliseconds = math.ceil(seconds * 1000)
    return {
        "name": name,
        "status": status,
        "time_ms": milliseconds,
        "message": message[:_LONGEST_MESSAGE],
    }
