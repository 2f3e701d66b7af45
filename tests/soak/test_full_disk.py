"""A disk that is full stops a soak, which says so, and goes on when there is room."""

import json
import shutil
import subprocess
import sys

import pytest

from machinery.counting import Target
from machinery.coursing import ROOT, lay_out

# Nobody arrives at the end of a window: a visit under way then would be counted in the next, which is lost
# where the disk is full.
SHAPE = {"lasts": 6, "rate": 50, "window": "200ms", "pause": "100ms"}

# In a mount namespace of its own, where the ledger's disk is 1 MB: fills it under way, then makes room.
SCRIPT = """
import json, os, sys
from contextlib import suppress
from pathlib import Path
from machinery.coursing import drive
from proveout.load.reading import read
folder, url, limited = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "limited"
ballast = folder / "ballast"

def fill(ledger):
    if ledger.position >= 1 and not ballast.exists():
        if limited:
            import psutil, resource
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                process.rlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            return
        with ballast.open("wb", buffering=0) as stream, suppress(OSError):
            while stream.write(b"0" * 512):
                pass

def tell(ledger):
    print(json.dumps({
        "position": ledger.position, "valid": ledger.valid, "troubles": ledger.troubles,
        "whys": [segment.why for segment in ledger.segments], "lost": ledger.lost,
        "kinds": [finding.kind for finding in ledger.findings],
        "left": os.listdir(ledger.folder / "started"),
        "due": sum(slot.due for slot in ledger.slots),
        "requests": sum(slot.requests for slot in ledger.slots),
    }))

tell(drive(folder, url, tell=fill))
if limited:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ballast.unlink(missing_ok=True)
tell(drive(folder, url))
"""


def mounting():
    """Return the command after which something can be mounted, None where the machine forbids it."""
    for command in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        probe = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
        if shutil.which("unshare") and not subprocess.run(probe, capture_output=True, check=False).returncode:
            return command
    return None


def told(*command):
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT / "tests", timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("command", [mounting()], ids=["disk"])
def test_a_full_disk_stops_a_soak_which_goes_on_when_there_is_room(tmp_path, command):
    room = tmp_path / "room"
    room.mkdir()
    with Target(tmp_path) as target:
        words = [sys.executable, "-c", SCRIPT, room, target.url]
        if command is None:
            # Where nothing may be mounted: no file may grow any more, which the kernel refuses alike.
            lay_out(room / "soak", **SHAPE)
            words[3] = room / "soak"
            first, second = told(*words, "limited")
        else:
            lay_out(tmp_path / "plan", **SHAPE)
            script = 'mount -t tmpfs -o size=1m none "$1" && cp -r "$2"/. "$1" && shift 2 && exec "$@"'
            first, second = told(*command, "sh", "-c", script, "sh", room, tmp_path / "plan", *words, "disk")
            assert list(room.iterdir()) == [], "the small file system was seen outside"
    # A dozen windows may still fit on the last page of their file.
    assert 1 <= first["position"] < 6
    assert "make room, then go on" in " ".join([*first["troubles"], *first["whys"]])
    assert "No space left" in str(first) or "File too large" in str(first)
    assert (second["position"], second["valid"], second["whys"][-1]) == (6, 6, "complete")
    assert second["due"] == second["requests"]
    assert second["kinds"] in ([], ["generator"]), "what fits on the last page is still written"
    assert second["left"] == []
