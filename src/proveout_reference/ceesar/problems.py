"""Problems: the store of problems on disk, one folder each with a manifest.json."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from proveout_reference.ceesar import disk
from proveout_reference.ceesar.answers import RefusedError
from proveout_reference.ceesar.body import parse_json
from proveout_reference.ceesar.names import is_safe
from proveout_reference.ceesar.testcases import Case, case_files


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem as clients see it; `extra` holds the optional fields that are set."""

    id: str
    title: str
    statement: str
    languages: list[str]
    stub: dict[str, str]
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The problem object of the API."""
        return {
            "ID": self.id,
            "Title": self.title,
            "Statement": self.statement,
            "Languages": self.languages,
            "Stub": self.stub,
            **self.extra,
        }

    def manifest(self) -> bytes:
        """The text of its manifest.json."""
        return (json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n").encode()


class ProblemStore:
    """The folder of problems. Every method may refuse: 404 an unknown id, 500 broken data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = Lock()  # one writer at a time; renames keep readers right without it

    def all(self) -> tuple[list[Problem], list[str]]:
        """Every problem, by id, and the ids of folders whose manifest cannot be used."""
        if not self.folder.is_dir():
            raise RefusedError(500, "the problem data are missing")
        problems: list[Problem] = []
        broken: list[str] = []
        for entry in sorted(self.folder.iterdir()):
            if not is_safe(entry.name) or not entry.is_dir():
                continue
            try:
                problems.append(_read(entry))
            except (OSError, RefusedError):
                broken.append(entry.name)
        return problems, broken

    def get(self, problem_id: str) -> Problem:
        """The problem of this id."""
        return _read(self.folder_of(problem_id))

    def folder_of(self, problem_id: str) -> Path:
        """The folder of an existing problem."""
        if not is_safe(problem_id) or not (self.folder / problem_id / "manifest.json").is_file():
            raise RefusedError(404, "there is no such problem")
        return self.folder / problem_id

    def create(self, problem: Problem, cases: list[Case]) -> None:
        """Adds a problem with its public cases. Refuses with 400 an id that is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files = {"manifest.json": problem.manifest()}
        files |= {f"v1/public/{name}": content for name, content in case_files(cases).items()}
        with self.lock:
            try:
                disk.create_folder(self.folder / problem.id, files)
            except FileExistsError:
                raise RefusedError(400, f"a problem with the id {problem.id!r} exists") from None

    def delete(self, problem_id: str) -> None:
        """Removes a problem with all that belongs to it."""
        with self.lock:
            disk.remove_folder(self.folder_of(problem_id))


def problem_of(fields: Any, problem_id: str) -> Problem:
    """The problem that a manifest's or a request's fields describe; refuses a wrong type with 400."""
    if not isinstance(fields, dict):
        raise RefusedError(400, "a problem must be an object")
    title = fields.get("Title", problem_id)
    statement = fields.get("Statement", "")
    languages = fields.get("Languages") or ["python"]
    stub = fields.get("Stub") or {}
    if not isinstance(title, str) or not isinstance(statement, str):
        raise RefusedError(400, "Title and Statement must be strings")
    if not isinstance(languages, list) or not all(isinstance(name, str) for name in languages):
        raise RefusedError(400, "Languages must be an array of strings")
    if not isinstance(stub, dict) or not all(isinstance(code, str) for code in stub.values()):
        raise RefusedError(400, "Stub must be an object of language to code")
    optional = ("Type", "DrawingData", "IsMultiPart", "Parts")
    extra = {name: fields[name] for name in optional if fields.get(name)}
    if not _are_parts(extra.get("Parts", [])):
        raise RefusedError(400, "Parts must be an array of objects with a partNumber")
    return Problem(problem_id, title, statement, languages, stub, extra)


def _are_parts(parts: Any) -> bool:
    return isinstance(parts, list) and all(
        isinstance(part, dict) and isinstance(part.get("partNumber"), int) for part in parts
    )


def _read(folder: Path) -> Problem:
    try:
        return problem_of(parse_json((folder / "manifest.json").read_bytes()), folder.name)
    except RefusedError:
        raise RefusedError(500, "the problem's manifest cannot be read") from None
