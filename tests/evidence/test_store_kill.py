"""A writer killed at any moment leaves an entry or a named leftover, and loses nothing it reported."""

import json
import os
import signal
import subprocess
import sys

import pytest

from proveout.evidence.mend import mend
from proveout.evidence.store import Store

MOMENTS = 60
# Adds until it is killed; each entry is reported only after `add` returned.
WRITER = """
import json, os, sys
from pathlib import Path
from proveout.evidence.store import Store
store = Store(Path(sys.argv[1]))
os.write(1, b"ready\\n")
number = 0
while True:
    number += 1
    entry = store.add("run", os.urandom(1500).hex().encode(), {"n": number})
    os.write(1, f"{entry.id}\\n".encode())
"""
# Kills itself just before the kernel is asked for the n-th thing that `add` does.
STEPPER = """
import os, signal, sys
from pathlib import Path
from proveout.evidence.store import Store
store, left = Store(Path(sys.argv[1])), int(sys.argv[2])
calls = {name: getattr(os, name) for name in ("open", "fdopen", "fsync", "replace", "unlink", "close")}
def counted(name):
    def call(*words, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return calls[name](*words, **options)
    return call
for name in calls:
    setattr(os, name, counted(name))
entry = store.add("run", b"the last", {})
os.write(1, f"{entry.id}\\n".encode())
"""


def killed_after(folder, seconds):
    """Let a writer add entries for a while, kill it, and return the entries it reported."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(timeout=seconds)
    writer.kill()
    assert writer.wait() == -signal.SIGKILL
    with writer.stdout as said:
        return [line.strip() for line in said if line.endswith("\n")]


def held(snapshot):
    entries = list(snapshot.newest_first())
    assert [entry.number for entry in entries] == list(range(snapshot.head, 0, -1))
    for entry in entries:
        assert snapshot.body(entry)
    return [entry.id for entry in reversed(entries)]


def test_at_no_moment_does_a_kill_tear_evidence_or_lose_what_was_reported(tmp_path):
    store, reported, leftovers = Store(tmp_path / "evidence"), [], 0
    for moment in range(10 * MOMENTS):  # a machine that is busy lets a writer come less far in the same time
        if moment >= MOMENTS and leftovers > MOMENTS // 10 and len(reported) > MOMENTS // 4:
            break
        reported += killed_after(store.folder, 0.0003 * (moment % 20) + 0.001)
        found = store.snapshot()
        ids = held(found)
        assert [i for i in reported if i not in ids] == [], "an entry that was reported is lost"
        if found.troubles:
            leftovers += 1
            assert all("next: proveout evidence mend" in trouble for trouble in found.troubles)
            assert mend(store.folder), "there is trouble, and nothing was done about it"
        mended = store.snapshot()
        assert mended.troubles == ()
        assert set(reported) <= set(held(mended))
    assert leftovers > MOMENTS // 10, "hardly any kill met the writer at work"
    assert store.snapshot().head >= len(reported) > MOMENTS // 4


def steps(folder):
    """Yield what a kill before each step of one `add` left, until it is through."""
    for step in range(1000):
        store = Store(folder / f"{step}")
        store.add("run", b"the first", {}) if folder.name == "later" else store.folder.mkdir(parents=True)
        done = subprocess.run(
            [sys.executable, "-c", STEPPER, str(store.folder), str(step)],
            capture_output=True,
            text=True,
            check=False,
        )
        yield store, done.stdout.strip()
        if done.returncode == 0:
            return
        assert done.returncode == -signal.SIGKILL, done.stderr
    raise AssertionError("it never comes to an end")


@pytest.mark.parametrize("which", ["first", "later"])
def test_before_every_single_step_of_adding_a_kill_leaves_something_that_mends(tmp_path, which):
    before = 0 if which == "first" else 1
    heads, troubled = [], 0
    for store, said in steps(tmp_path / which):
        found = store.snapshot()
        assert len(held(found)) == found.head <= before + 1
        assert found.head == before + 1 or not said
        if found.troubles:
            troubled += 1
            assert all("next: proveout evidence mend" in trouble for trouble in found.troubles)
            assert mend(store.folder)
        again = store.snapshot()
        assert (again.troubles, len(held(again))) == ((), again.head)
        assert again.head >= found.head
        heads.append(again.head)
        added = store.add("run", b"after all that", {})
        assert added.number == again.head + 1
        assert store.snapshot().troubles == ()
    assert heads == sorted(heads)
    assert {heads[0], heads[-1]} == {before, before + 1}
    assert troubled >= 8, "the steps between the body and the head leave something"


def test_what_interrupts_a_writer_leaves_nothing_behind(tmp_path):
    """Ctrl-C is no kill: the writer tidies up after itself."""
    store = Store(tmp_path / "evidence")
    for moment in range(15):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2 + moment):
            writer.stdout.readline()
        writer.send_signal(signal.SIGINT)
        writer.communicate()
        assert store.snapshot().troubles == ()
        assert held(store.snapshot())


def test_a_reader_that_is_killed_leaves_no_trouble(tmp_path):
    store = Store(tmp_path / "evidence")
    for number in range(200):
        store.add("run", json.dumps({"n": number}).encode(), {})
    code = (
        "import os, sys; from pathlib import Path; from proveout.evidence.store import Store\n"
        "os.write(1, b'ready\\n')\n"
        "while True:\n"
        "    (Path(sys.argv[1]) / 'seen').unlink(missing_ok=True); Store(Path(sys.argv[1])).snapshot()"
    )
    for moment in range(10):
        reader = subprocess.Popen([sys.executable, "-c", code, str(store.folder)], stdout=subprocess.PIPE)
        assert os.read(reader.stdout.fileno(), 6) == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            reader.wait(timeout=0.002 * moment + 0.001)
        reader.kill()
        reader.communicate()
        assert (store.snapshot().head, store.snapshot().troubles) == (200, ())
