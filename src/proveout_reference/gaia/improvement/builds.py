"""Builds: what the environment is made of, as a list of digests, and which list is the deployed one."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.copy import sync

WATCHED = ("config", "bin")
_MOST_FILES = 1000
_LARGEST_FILE = 10 * 1024 * 1024
_MOST_BUILDS = 10


@dataclass(frozen=True, slots=True)
class Build:
    """One state of the environment's files."""

    digest: str
    version: str
    files: dict[str, str]


class Builds:
    """The folder `builds` beside the database. Methods may raise OSError."""

    def __init__(self, site: Path, data: Path, version: str, clock: Clock) -> None:
        self._site = site
        self._folder = data / "builds"
        self._version = version
        self._clock = clock

    def make(self) -> Build:
        """Lists what is there now and keeps the list; the oldest lists make room."""
        files = {name: _digest(path) for name, path in files_of(self._site).items()}
        whole = json.dumps([self._version, sorted(files.items())]).encode()
        build = Build(hashlib.sha256(whole).hexdigest()[:16], self._version, files)
        path = self._folder / f"{build.digest}.json"
        if not path.exists():
            _write(path, {"version": build.version, "made_at": self._clock.text(), "files": files})
            self._prune(path)
        return build

    def deployed(self) -> str | None:
        """The digest of the deployed build, if there is one."""
        path = self._folder / "current"
        if not path.exists():
            return None
        try:
            found = json.loads(path.read_text())["digest"]
        except (ValueError, KeyError, TypeError):
            return None
        return str(found)

    def deploy(self, build: Build) -> str | None:
        """Makes a build the deployed one and gives the one before it."""
        before = self.deployed()
        if before != build.digest:
            self._point_to(build.digest, before)
        return before

    def roll_back(self, to: str | None) -> None:
        """Makes an earlier build the deployed one again."""
        if to is None:
            (self._folder / "current").unlink(missing_ok=True)
        else:
            self._point_to(to, None)

    def _point_to(self, digest: str, before: str | None) -> None:
        content = {"digest": digest, "deployed_at": self._clock.text(), "before": before}
        _write(self._folder / "current", content)

    def _prune(self, made: Path) -> None:
        kept = {made.name, f"{self.deployed()}.json"}
        builds = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in builds[:-_MOST_BUILDS]:
            if path.name not in kept:
                path.unlink()


def files_of(site: Path) -> dict[str, Path]:
    """The environment's own files by name, as many as are looked at."""
    found: dict[str, Path] = {}
    for folder in WATCHED:
        for path in sorted((site / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and len(found) < _MOST_FILES:
                found[path.relative_to(site).as_posix()] = path
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(_LARGEST_FILE)).hexdigest()


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(content, indent=2) + "\n")
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
