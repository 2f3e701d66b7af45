"""A decision that cannot be put on record is none: a full disk, a folder that cannot be written to."""

import json
import shutil
import subprocess
import sys

import pytest

from machinery.gatekeeping import NOW, Gatekeeping
from proveout.model.verdict import Word

# In a mount namespace of its own: decides with less and less room, then with enough, then without any leave
# to write. Prints what it came to each time.
SCRIPT = """
import json, os, shutil, subprocess, sys
from datetime import datetime
from pathlib import Path
from proveout.catalogue.catalogue import load
from proveout.evidence.store import Store
from proveout.gates.decide import decide, decide_on_record
origin, room, now = Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
catalogue = load(origin / "environments")
gate = catalogue.gate(sys.argv[4])
shutil.copytree(origin / "evidence", room / "evidence")
store = Store(room / "evidence")

def tell(name):
    before = store.snapshot()
    decision, file = decide_on_record(catalogue, gate, store, now=now)
    after = store.snapshot()
    last = decision.lines[-1]
    print(json.dumps({
        "name": name, "word": decision.word.value, "file": file and file.name, "reasons": last.reasons,
        "next": last.next, "added": after.head - before.head, "troubles": [*before.troubles, *after.troubles],
        "decide": decide(catalogue, gate, store, now=now).word.value,
    }))

for pages in (0, 1, 2, 3, 4, 6, 8, 12, 400):
    (room / "ballast").unlink(missing_ok=True)
    free = os.statvfs(room)
    (room / "ballast").write_bytes(b"0" * max(0, (free.f_bavail - pages) * free.f_frsize))
    tell(f"{pages} pages")
(room / "ballast").unlink()
subprocess.run(["mount", "-o", "remount,ro", str(room)], check=True)
tell("read-only")
"""
# Where nothing may be mounted: no file may grow beyond a limit, which the kernel refuses in the same places.
LIMITED = """
import json, resource, sys
from datetime import datetime
from pathlib import Path
from proveout.catalogue.catalogue import load
from proveout.evidence.store import Store
from proveout.gates.decide import decide, decide_on_record
origin, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
catalogue = load(origin / "environments")
gate, store = catalogue.gate(sys.argv[3]), Store(origin / "evidence")
before = store.snapshot()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), resource.RLIM_INFINITY))
decision, file = decide_on_record(catalogue, gate, store, now=now)
after = store.snapshot()
print(json.dumps({
    "word": decision.word.value, "file": file and file.name, "reasons": decision.lines[-1].reasons,
    "added": after.head - before.head, "troubles": [*before.troubles, *after.troubles],
    "decide": decide(catalogue, gate, store, now=now).word.value,
}))
"""


@pytest.fixture(params=["ceesar/dev-gamma", "gaia/staging-prod"])
def keeping(request, tmp_path):
    """Records that let the version through."""
    system, _, name = request.param.partition("/")
    keeping = Gatekeeping(tmp_path / "origin", system)
    keeping.edge = request.param
    keeping.ready(name)
    assert keeping.decide(name).word is Word.PASS
    return keeping


def mounting():
    """Return the command after which something can be mounted, None where the machine forbids it."""
    for command in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        probe = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
        if shutil.which("unshare") and not subprocess.run(probe, capture_output=True, check=False).returncode:
            return command
    return None


def told(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_on_a_disk_that_is_full_it_is_hold_and_the_store_is_as_it_was(keeping, tmp_path):
    command, room = mounting(), tmp_path / "room"
    if command is None:
        at_limit(keeping, 3000)
        without_leave(keeping)
        return
    room.mkdir()
    script = 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"'
    words = [sys.executable, "-c", SCRIPT, keeping.folder, room, NOW.isoformat(), keeping.edge]
    found = {one["name"]: one for one in told(*command, "sh", "-c", script, "sh", room, *words)}
    assert list(room.iterdir()) == [], "the small file system was seen outside"
    assert all(one["troubles"] == [] for one in found.values())
    assert {one["decide"] for one in found.values()} == {"PASS"}, "to read the store takes no room"
    for one in found.values():
        recorded = one["file"] is not None
        assert (one["word"], one["added"]) == (("PASS", 1) if recorded else ("HOLD", 0)), one
        assert recorded or "evidence cannot be stored there" in one["reasons"][0]
        assert recorded or "make room" in one["next"][0]
    assert found["0 pages"]["file"] is None
    assert "No space left on device" in found["0 pages"]["reasons"][0]
    assert found["400 pages"]["file"] is not None
    assert found["read-only"]["file"] is None
    assert "Read-only file system" in found["read-only"]["reasons"][0]


@pytest.mark.parametrize("limit", [100, 500, 1000, 3000])
def test_where_no_file_may_grow_it_is_hold_and_the_store_is_as_it_was(keeping, limit):
    at_limit(keeping, limit)


def at_limit(keeping, limit):
    words = [keeping.folder, NOW.isoformat(), keeping.edge, str(limit)]
    [one] = told(sys.executable, "-c", LIMITED, *words)
    assert (one["word"], one["file"], one["added"], one["troubles"]) == ("HOLD", None, 0, [])
    assert "File too large" in one["reasons"][0]
    assert one["decide"] == "PASS"


def without_leave(keeping):
    """The folder cannot be written to by who decides; nobody mounts anything, so it is not root."""
    keeping.store.folder.chmod(0o555)
    try:
        edge = keeping.edge.partition("/")[2]
        assert keeping.decide(edge).word is Word.PASS
        assert keeping.decide_on_record(edge).word is Word.HOLD
    finally:
        keeping.store.folder.chmod(0o755)
