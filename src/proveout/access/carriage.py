"""Carries an artifact from where it lies, by reading only, into a directory of this machine."""

import io
import shutil
import tarfile
from pathlib import Path

from proveout.access.artifact import digest_at
from proveout.access.machine import Machine
from proveout.evidence.artifact import Unreadable, digest_of

MOST_BYTES = 512 * 2**20  # from another machine, where it passes through memory
PACK = f"""
test "$(du -skL "$1" | cut -f 1)" -le {MOST_BYTES // 1024} ||
  {{ echo "it holds more than {MOST_BYTES // 2**20} MiB" >&2; exit 40; }}
if test -f "$1"; then cat "$1"; else cd "$1" && tar -cf - .; fi
"""


def carry(machine: Machine, path: str, into: Path) -> tuple[Path, str]:
    """Copy the artifact below the environment's own directory; return its place here and its digest.

    Raises:
        Unreadable: it cannot be read, does not say what would be started, or changed meanwhile.
        Unknowable: the machine cannot be reached.
    """
    digest = digest_at(machine, path)
    place = into / (Path(path).name or "artifact")
    into.mkdir(parents=True)
    try:
        if machine.is_here:
            _copy((machine.root / path).resolve(), place)
        else:
            _fetch(machine, path, place)
    except (OSError, shutil.Error, tarfile.TarError) as error:
        raise Unreadable(f"{path} was not copied: {error}") from None
    if digest_of(place) != digest:
        raise Unreadable(f"{path} changed while it was copied: run again when the deployment is over")
    return place, digest


def _copy(origin: Path, place: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, place, symlinks=True)
    else:
        shutil.copy2(origin, place)


def _fetch(machine: Machine, path: str, place: Path) -> None:
    done = machine.run("sh -c %s sh %s", PACK, str(machine.root / path))
    if done.rc != 0:
        raise Unreadable(f"{path} was not copied: {done.last_words}")
    if machine.is_file(path):
        place.write_bytes(done.stdout_bytes)
        place.chmod(0o755)
        return
    with tarfile.open(fileobj=io.BytesIO(done.stdout_bytes)) as archive:
        archive.extractall(place, filter="data")  # nothing outside of it, no devices
