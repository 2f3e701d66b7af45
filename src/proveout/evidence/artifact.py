"""The artifact of an environment: what is started there, as one digest, and how that came to be known."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from proveout.evidence.digest import combined, sha256

MOST_FILES = 20_000
MOST_BYTES = 4 * 2**30


class Unreadable(Exception):
    """An artifact has no digest that says what would be started; the text says why."""


@dataclass(frozen=True)
class Artifact:
    """A digest and where it comes from; without one `why` says what would give it."""

    digest: str | None
    how: Literal["read", "stated", "none"]
    where: str
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the artifact as JSON values."""
        said = {"digest": self.digest, "how": self.how, "where": self.where}
        return {**said, "why": self.why} if self.digest is None else said


def digest_of(place: Path, *, caches: bool = True) -> str:
    """Return the digest of a file, or of a whole tree: names and contents, links as what they name.

    Without `caches` the folders in which Python keeps what it compiled are no part of the tree.

    Raises:
        Unreadable: something in it cannot be read, or does not say what would be started.
    """
    try:
        real = place.resolve(strict=True)
        if real.is_file():
            return sha256(real)
        if not real.is_dir():
            raise Unreadable(f"{place} is neither a file nor a directory")
        return combined(dict(_entries(real, caches=caches)))
    except OSError as error:
        what = error.filename or place
        raise Unreadable(f"{os.fsdecode(what)} cannot be read ({error.strerror})") from None


def _entries(root: Path, *, caches: bool) -> Iterator[tuple[str, str]]:
    count = size = 0

    def refuse(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(root, onerror=refuse):
        if not caches and "__pycache__" in folders:
            folders.remove("__pycache__")
        for name in [*files, *folders]:
            path = Path(folder, name)
            inner = str(path.relative_to(root))
            if path.is_symlink():
                yield inner, link(inner, str(path.readlink()))
            elif path.is_file():
                size += path.stat().st_size
                if size > MOST_BYTES:
                    raise Unreadable(f"{root} holds more than {MOST_BYTES // 2**30} GiB")
                yield checked_name(inner), sha256(path)
            elif not path.is_dir():
                raise Unreadable(f"{inner} in {root} is no file: a socket, a pipe or a device")
            count += 1
            if count > MOST_FILES:
                raise Unreadable(f"{root} holds more than {MOST_FILES} files")


def checked_name(name: str) -> str:
    """Return a name within a tree, if a list of names can hold it.

    Raises:
        Unreadable: it cannot.
    """
    if "\n" in name or "\\" in name:
        raise Unreadable(f"the name {name!r} holds a line feed or a backslash")
    return name


def link(name: str, target: str) -> str:
    """Return what stands for a link in place of a digest.

    Raises:
        Unreadable: it may lead out of the tree, so that the tree does not say what would be started.
    """
    checked_name(name)
    parts = checked_name(target).split("/")
    up = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
    # Only leading ".." are sure to climb real folders: behind another link they would climb elsewhere.
    if posixpath.isabs(target) or ".." in parts[up:] or up > name.count("/"):
        raise Unreadable(f"{name} is a link to {target}, which may lie outside")
    return f"-> {target}"


def of_listing(entries: Mapping[str, str], links: Mapping[str, str]) -> str:
    """Return the digest of a tree on another machine, from its files' digests and its links.

    Raises:
        Unreadable: as `digest_of`.
    """
    files = {checked_name(name): digest for name, digest in entries.items()}
    return combined(files | {name: link(name, target) for name, target in links.items()})
