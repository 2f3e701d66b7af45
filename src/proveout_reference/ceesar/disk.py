"""Disk: writes that are either wholly there or not at all."""

import os
import secrets
import shutil
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Puts `content` at `path`: temporary name, fsync, rename."""
    temporary = path.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        _write_synced(temporary, content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def replace_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Makes `folder` hold exactly `files` (relative path to content), whatever it held before."""
    fresh = _sibling(folder)
    try:
        write_folder(fresh, files)
        if folder.exists():
            # Two renames: a reader between them finds no folder, which reads as an empty one.
            remove_folder(folder)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    _sync_folder(folder.parent)


def create_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Makes a new folder holding `files`. Raises FileExistsError when there is one already."""
    fresh = _sibling(folder)
    try:
        write_folder(fresh, files)
        if folder.exists():
            raise FileExistsError(folder.name)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    _sync_folder(folder.parent)


def remove_folder(folder: Path) -> None:
    """Removes `folder` at once from view, then from the disk. Raises FileNotFoundError."""
    doomed = _sibling(folder)
    folder.rename(doomed)
    _sync_folder(folder.parent)
    shutil.rmtree(doomed)


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Makes `folder` and writes `files` into it, each synced."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_synced(path, content)


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sibling(folder: Path) -> Path:
    # A leading dot keeps it out of every listing.
    return folder.with_name(f".{secrets.token_hex(6)}.tmp")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
