"""Digests of the things evidence speaks of."""

import hashlib
from pathlib import Path

from proveout.model.environment import Environment


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def definition_files(environment: Environment) -> dict[str, Path]:
    """Return the files that define an environment, by their name within `environments/`.

    The gates and the trusted keys are among them: rules that change after evidence was taken need new one.
    """
    system = environment.directory.parent
    files = [system / name for name in ("system.toml", "claims.toml", "gates.toml")]
    files += [environment.directory / "environment.toml", *sorted(system.glob("keys/*.pub"))]
    if environment.configuration_source:
        files.append((environment.directory / environment.configuration_source).resolve())
    base = system.parent.resolve()
    return {
        str(f.resolve().relative_to(base)) if f.resolve().is_relative_to(base) else f.name: f
        for f in files
        if f.is_file()
    }


def of_files(files: dict[str, Path]) -> str:
    """Return one digest over names and contents, independent of their order."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{sha256(files[name])}\n".encode())
    return whole.hexdigest()


def artifact(environment: Environment) -> str | None:
    """Return the digest of the artifact a team starts, None without one or if it is not there."""
    if environment.start is None or environment.start.artifact is None:
        return None
    path = environment.directory / environment.start.artifact
    if path.is_dir():
        return of_files({str(f.relative_to(path)): f for f in path.rglob("*") if f.is_file()})
    return sha256(path) if path.is_file() else None


def sums(folder: Path, names: list[Path]) -> str:
    """Return the lines of a SHA256SUMS file for files of a folder."""
    return "".join(f"{sha256(name)}  {name.relative_to(folder)}\n" for name in sorted(names))
