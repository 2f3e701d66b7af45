"""Digests of the things evidence speaks of."""

import hashlib
from collections.abc import Mapping
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
    real = {f: f.resolve() for f in files if f.is_file()}
    return {str(r.relative_to(base)) if r.is_relative_to(base) else f.name: f for f, r in real.items()}


def of_files(files: dict[str, Path]) -> str:
    """Return one digest over names and contents, independent of their order."""
    return combined({name: sha256(path) for name, path in files.items()})


def combined(digests: Mapping[str, str]) -> str:
    """Return one digest over names and the digests of what they name."""
    whole = hashlib.sha256()
    for name in sorted(digests):
        whole.update(f"{name}\0{digests[name]}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def sums(folder: Path, names: list[Path]) -> str:
    """Return the lines of a SHA256SUMS file for files of a folder."""
    return "".join(f"{sha256(name)}  {name.relative_to(folder)}\n" for name in sorted(names))
