"""What was found right is not read again, and what changed since is."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from proveout.evidence import index as lines
from proveout.evidence import seen
from proveout.evidence.store import Store

COUNT = 3 * seen.WORTH


@pytest.fixture
def store(tmp_path):
    """A store of entries that were left alone for longer than a file system's clock takes to tick."""
    store = Store(tmp_path / "evidence")
    for number in range(COUNT):
        entry = store.add("run", json.dumps({"n": number, "fill": "x" * 500}).encode(), {"n": number})
    newest = (store.folder / entry.name).stat().st_ctime_ns
    until = newest + seen.SETTLED
    while time.time_ns() <= until:
        time.sleep(0.05)
    assert store.snapshot().troubles == ()
    assert (store.folder / "seen").is_file()
    return store


def reads(store):
    """Return the names of the bodies a snapshot opens, as the kernel tells."""
    trace = store.folder.parent / "trace"
    code = (
        "import sys; from pathlib import Path; from proveout.evidence.store import Store\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "s = Store(Path(sys.argv[1])).snapshot(); assert not s.troubles, s.troubles\n"
        "Path(sys.argv[2]).write_text('\\n'.join(opened))"
    )
    subprocess.run([sys.executable, "-c", code, str(store.folder), str(trace)], check=True)
    return {
        line.rpartition("/")[2]
        for line in trace.read_text().splitlines()
        if line.startswith(str(store.folder)) and line.rpartition("/")[2].startswith("0")
    }


def test_only_bodies_that_are_new_are_read(store):
    assert reads(store) == set()
    entry = store.add("run", b"one more", {})
    assert reads(store) == {entry.name}
    (store.folder / "seen").unlink()
    assert len(reads(store)) == COUNT + 1


def test_an_entry_that_is_older_than_the_last_one_seen_is_noticed(store):
    entry = store.add("run", b"one more", {})
    index = (store.folder / "index.jsonl").read_bytes()
    older = replace(entry, stored="2020-01-01T00:00:00Z")
    forged = index.replace(entry.line(), older.line())
    (store.folder / "index.jsonl").write_bytes(forged)
    (store.folder / "head.json").write_bytes(lines.head_of(forged).written())
    [trouble] = store.snapshot().troubles
    assert "an entry is older than the one before it" in trouble


def test_an_entry_that_was_seen_long_ago_does_not_come_again(store):
    first = list(store.snapshot().newest_first())[-1]
    newest = store.add("run", b"one more", {})
    again = replace(newest, number=newest.number + 1, sha256=first.sha256)
    shutil.copy(store.folder / first.name, store.folder / again.name)
    forged = (store.folder / "index.jsonl").read_bytes() + again.line()
    (store.folder / "index.jsonl").write_bytes(forged)
    (store.folder / "head.json").write_bytes(lines.head_of(forged).written())
    [trouble] = store.snapshot().troubles
    assert trouble.startswith(f"{again.name} has the same bytes as an entry before it; next: ")


def test_what_changed_since_is_seen_though_size_and_time_are_the_same(store):
    bodies = sorted(store.folder.glob("0*.json"))
    changed = [bodies[0], bodies[COUNT // 2], bodies[COUNT - 1]]
    for path in changed:
        times = path.stat()
        with path.open("r+b") as stream:
            stream.write(b"[")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (times.st_size, times.st_mtime_ns)
    one, other, aside = bodies[3], bodies[4], store.folder.parent / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    named = sorted(trouble.partition(":")[0] for trouble in store.snapshot().troubles)
    assert named == sorted(path.name for path in [*changed, one, other])


def test_a_file_that_changed_a_moment_ago_is_not_trusted_to_be_the_same(tmp_path):
    store = Store(tmp_path / "evidence")
    for number in range(COUNT):
        store.add("run", b"%d" % number, {})
    assert store.snapshot().troubles == ()
    remembered = seen.load(store.folder).entries
    newest = [path for path in store.folder.glob("0*.json") if int(path.name[:6]) > remembered]
    now = time.time_ns()
    young = [p for p in store.folder.glob("0*.json") if p.stat().st_ctime_ns > now - seen.SETTLED // 2]
    assert young, "the machine took a second to write a hundred small files"
    assert set(young) <= set(newest)
