"""Testcases: the public inputs and expected outputs of a problem, NN.in and NN.out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proveout_reference.ceesar import disk
from proveout_reference.ceesar.answers import RefusedError

MOST_CASES = 100


@dataclass(frozen=True, slots=True)
class Case:
    """One test: what the program reads and what it must print."""

    name: str
    input: str
    output: str

    def as_json(self) -> dict[str, str]:
        """The test as the API shows it."""
        return {"name": self.name, "input": self.input, "output": self.output}


def part_folders(problem: Path) -> dict[int, Path]:
    """The folders of a multi-part problem's public tests, by part number."""
    folders: dict[int, Path] = {}
    for entry in (problem / "v1").glob("part*"):
        number = entry.name.removeprefix("part")
        if entry.is_dir() and number.isdecimal():
            folders[int(number)] = entry / "public"
    return dict(sorted(folders.items()))


def folder_of_cases(problem: Path, part: int | None) -> Path:
    """Where the tests of a problem, or of one part of it, are. Refuses with 404 a part that is not there."""
    if part is None:
        return problem / "v1" / "public"
    parts = part_folders(problem)
    if part not in parts:
        raise RefusedError(404, f"the problem has no part {part}")
    return parts[part]


def read_cases(folder: Path, prefix: str = "") -> list[Case]:
    """The tests in `folder`, by name. An input without output, or the reverse, is no test."""
    cases: list[Case] = []
    for given in sorted(folder.glob("*.in")):
        expected = given.with_suffix(".out")
        if expected.is_file():
            texts = [path.read_text("utf-8", errors="replace") for path in (given, expected)]
            cases.append(Case(prefix + given.stem, *texts))
    return cases


def all_cases(problem: Path) -> list[Case]:
    """Every public test of a problem; those of a part are named partN/NN."""
    cases = read_cases(problem / "v1" / "public")
    for number, folder in part_folders(problem).items():
        cases += read_cases(folder, f"part{number}/")
    return cases


def write_cases(folder: Path, cases: list[Case]) -> None:
    """Makes `folder` hold exactly `cases`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    disk.replace_folder(folder, case_files(cases))


def case_files(cases: list[Case]) -> dict[str, bytes]:
    """The files that hold `cases`: NN.in and NN.out."""
    files: dict[str, bytes] = {}
    for case in cases:
        files[f"{case.name}.in"] = case.input.encode()
        files[f"{case.name}.out"] = case.output.encode()
    return files


def cases_of(body: Any) -> list[Case]:
    """The tests a client sent, numbered from 01. Refuses with 400 what is no array of input and output."""
    if not isinstance(body, list) or len(body) > MOST_CASES:
        raise RefusedError(400, f"the tests must be an array of at most {MOST_CASES}")
    cases: list[Case] = []
    for number, item in enumerate(body, start=1):
        given = item.get("input") if isinstance(item, dict) else None
        expected = item.get("output") if isinstance(item, dict) else None
        if not isinstance(given, str) or not isinstance(expected, str):
            raise RefusedError(400, f"test {number} must have the strings input and output")
        cases.append(Case(f"{number:02d}", given, expected))
    return cases
