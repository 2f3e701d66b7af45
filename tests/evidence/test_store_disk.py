"""A full disk, a folder that cannot be written to: a sentence, and what was there before is as it was."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from machinery.statements import files_of
from proveout.evidence.store import Store

# Imports first, then becomes a user who owns nothing: the checkout may be closed to him.
FOREIGN = """
import os, sys
from pathlib import Path
from proveout.evidence.store import Damaged, Store
from proveout.model.mistake import UserError
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
"""
# Fills a small file system of its own, which nobody outside of its mount namespace sees.
FULL = """
import os, sys
from pathlib import Path
from proveout.evidence.store import Store
from proveout.model.mistake import UserError
room = Path(sys.argv[1])
store, said = Store(room / "evidence"), ""
for left in map(int, sys.argv[2:]):
    (room / "ballast").unlink(missing_ok=True)
    first = store.add("run", os.urandom(3000), {"left": left})
    free = os.statvfs(room)
    try:
        (room / "ballast").write_bytes(b"0" * max(0, free.f_bavail * free.f_frsize - left * 4096))
    except OSError:
        pass
    before = store.snapshot()
    assert (before.head, before.troubles) == (first.number, ()), before
    added = 0
    try:
        while added < 100:
            store.add("run", os.urandom(3000), {"text": "y" * 900})
            added += 1
    except UserError as error:
        said = str(error)
    after = store.snapshot()
    assert (after.head, after.troubles) == (first.number + added, ()), (left, added, after)
    assert [len(after.body(entry)) for entry in after.newest_first()] == [3000] * after.head
    print(left, added)
print(said)
"""
# Where nothing can be mounted, no file may grow beyond a limit: the kernel refuses in the same places.
LIMITED = """
import os, resource, sys
from pathlib import Path
from proveout.evidence.store import Store
from proveout.model.mistake import UserError
store, added = Store(Path(sys.argv[1])), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    while added < 1000:
        store.add("run", os.urandom(100), {"text": "y" * 300})
        added += 1
except UserError as error:
    print(error)
after = store.snapshot()
assert (after.head, after.troubles) == (added, ()), (added, after)
print(added)
"""


def mounting():
    """Return the command after which something can be mounted, None where the machine forbids it."""
    for command in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        probe = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
        if (
            shutil.which("unshare")
            and subprocess.run(probe, capture_output=True, check=False).returncode == 0
        ):
            return command
    return None


def test_a_full_disk_is_a_sentence_and_leaves_what_was_there(tmp_path):
    command = mounting()
    if command is None:  # then a limit to files is as real as it gets
        at_limit(tmp_path, 5000)
        return
    script = 'mount -t tmpfs -o size=256k none "$1" && shift && exec "$@"'
    words = [sys.executable, "-c", FULL, str(tmp_path), *map(str, range(12))]
    done = subprocess.run(
        [*command, "sh", "-c", script, "sh", str(tmp_path), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "evidence cannot be stored there (No space left on device)" in done.stdout
    assert "\nnext: make room" in done.stdout
    counts = {
        int(left): int(added) for left, added in (line.split() for line in done.stdout.splitlines()[:12])
    }
    assert counts[0] == 0, "the disk was not full"
    assert counts[11] > counts[0]
    assert list(tmp_path.iterdir()) == [], "the small file system was seen outside"


@pytest.mark.parametrize("limit", [50, 99, 100, 150, 600, 1500, 5000])
def test_a_file_that_may_not_grow_is_a_sentence_and_leaves_what_was_there(tmp_path, limit):
    at_limit(tmp_path, limit)


def at_limit(tmp_path, limit):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "evidence"), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "evidence cannot be stored there (File too large)" in done.stdout
    added = int(done.stdout.splitlines()[-1])
    index = tmp_path / "evidence" / "index.jsonl"
    size = index.stat().st_size if index.exists() else 0
    assert size <= limit
    assert (added > 0) == (limit >= 600)
    assert added == 0 or size + size // added + 1 > limit, "one more would have fitted"


@pytest.fixture
def foreign():
    """A folder that other users may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="foreign-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.glob("evidence")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def as_nobody(code, folder):
    command = [sys.executable, "-c", FOREIGN + code, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_store_that_may_only_be_read_is_read_and_nothing_is_added(foreign):
    store = Store(foreign / "evidence")
    for number in range(40):
        store.add("run", b"%d" % number, {})
    for path in [*store.folder.iterdir(), store.folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = files_of(store.folder)
    done = as_nobody(
        "store = Store(Path(sys.argv[1]))\n"
        "snapshot = store.snapshot()\n"
        "bodies = [snapshot.body(entry) for entry in snapshot.newest_first()]\n"
        "print(snapshot.head, snapshot.troubles, len(b''.join(bodies)))\n"
        "try: store.add('run', b'x', {})\n"
        "except UserError as error: print(error)\n",
        store.folder,
    )
    assert done.returncode == 0, done.stderr
    first, *said = done.stdout.splitlines()
    assert first == "40 () 70"
    assert "evidence cannot be stored there (Permission denied)" in said[0]
    assert said[-1].startswith("next: make room, or the folder writable")
    assert files_of(store.folder) == before


def test_a_folder_that_cannot_be_made_is_a_sentence(foreign):
    foreign.chmod(0o555)
    done = as_nobody(
        "try: Store(Path(sys.argv[1])).add('run', b'x', {})\nexcept UserError as error: print(error)\n",
        foreign / "evidence",
    )
    foreign.chmod(0o755)
    assert "evidence cannot be stored there (Permission denied)" in done.stdout, done.stderr
    assert list(foreign.iterdir()) == []


def test_a_folder_that_cannot_be_entered_is_a_sentence(foreign):
    store = Store(foreign / "evidence")
    store.add("run", b"x", {})
    store.folder.chmod(0o000)
    done = as_nobody(
        "try: Store(Path(sys.argv[1])).snapshot()\nexcept UserError as error: print(error)\n", store.folder
    )
    assert "the stored evidence cannot be read (Permission denied)\nnext: " in done.stdout, done.stderr


def test_a_body_that_cannot_be_read_is_a_trouble(foreign):
    store = Store(foreign / "evidence")
    entry = store.add("run", b"x", {})
    (store.folder / entry.name).chmod(0o000)
    done = as_nobody(
        "snapshot = Store(Path(sys.argv[1])).snapshot(); print(*snapshot.troubles)\n"
        "try: snapshot.body(next(snapshot.newest_first()))\n"
        "except Damaged as error: print(error)\n",
        store.folder,
    )
    assert done.stdout.count("it cannot be read (Permission denied)") == 2, done.stderr
