"""A store: entries are added, each whole, in one order, whoever adds them."""

import hashlib
import itertools
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from proveout.evidence.store import Damaged, Moved, Store
from proveout.model.mistake import UserError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRITER = """
import json, sys
from pathlib import Path
from proveout.evidence.store import Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    entry = store.add("run", json.dumps({"by": sys.argv[2], "n": number}).encode(), {"by": sys.argv[2]})
    print(entry.id, flush=True)
"""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "evidence")


def filled(store, count=5):
    for number in range(count):
        store.add("run", json.dumps({"n": number}).encode(), {"n": number}, now=NOON)
    return store


def test_a_folder_that_is_not_there_is_an_empty_store(store):
    snapshot = store.snapshot()
    assert (snapshot.head, snapshot.troubles, list(snapshot.newest_first())) == (0, (), [])
    assert not store.folder.exists()


def test_an_empty_folder_is_an_empty_store(store):
    store.folder.mkdir()
    assert (store.snapshot().head, store.snapshot().troubles) == (0, ())


def test_what_was_added_is_found_again_in_another_process(store):
    filled(store)
    code = (
        "import sys; from pathlib import Path; from proveout.evidence.store import Store\n"
        "s = Store(Path(sys.argv[1])).snapshot()\n"
        "print(s.head, s.troubles, [(e.number, s.body(e)) for e in s.newest_first()])"
    )
    said = subprocess.check_output([sys.executable, "-c", code, str(store.folder)], text=True)
    bodies = [(number, json.dumps({"n": number - 1}).encode()) for number in range(5, 0, -1)]
    assert said == f"5 () {bodies}\n"


def test_an_entry_tells_number_kind_digest_time_and_facts(store):
    entry = store.add("approval", b"a body", {"edge": "dev-gamma", "größe": 1}, now=NOON)
    digest = hashlib.sha256(b"a body").hexdigest()
    assert (entry.number, entry.kind, entry.sha256) == (1, "approval", digest)
    assert (entry.stored, entry.facts) == ("2026-11-22T12:00:00Z", {"edge": "dev-gamma", "größe": 1})
    assert entry.id == f"000001-{digest[:12]}"
    assert (store.folder / f"{entry.id}.json").read_bytes() == b"a body"
    assert list(store.snapshot().newest_first()) == [entry]


def test_a_body_is_kept_as_it_is_whatever_it_is(store):
    bodies = [b"", b"\x00\xff\n\n", b"{}" * 100_000]
    entries = [store.add("event", body, {}) for body in bodies]
    snapshot = store.snapshot()
    assert [snapshot.body(entry) for entry in entries] == bodies
    assert snapshot.troubles == ()


def test_an_entry_is_found_by_its_digest(store):
    filled(store)
    entry = store.add("run", b"wanted", {"sha256": "f" * 64})
    store.add("run", b"another", {})
    snapshot = store.snapshot()
    assert snapshot.with_digest(entry.sha256) == entry
    assert snapshot.with_digest("f" * 64) is None


def test_the_same_bytes_are_not_stored_twice(store):
    filled(store)
    with pytest.raises(UserError, match=r"the same bytes are on record already.*\nnext: "):
        store.add("event", b'{"n": 2}', {})
    assert (store.snapshot().head, store.snapshot().troubles) == (5, ())


def test_a_clock_that_went_back_does_not_turn_the_order_round(store):
    moments = [NOON, NOON - timedelta(days=400), NOON + timedelta(hours=1), NOON]
    stored = [store.add("run", b"%d" % i, {}, now=moment).stored for i, moment in enumerate(moments)]
    assert stored == [f"2026-11-22T{hour}:00:00Z" for hour in (12, 12, 13, 13)]
    assert store.snapshot().troubles == ()


def test_who_has_not_seen_the_newest_entry_adds_nothing(store):
    filled(store, 2)
    seen = store.snapshot().head
    store.add("run", b"meanwhile", {}, after=seen)
    before = sorted(path.name for path in store.folder.iterdir())
    with pytest.raises(Moved, match=r"^the newest entry is 3, not 2$"):
        store.add("decision", b"too late", {}, after=seen)
    assert sorted(path.name for path in store.folder.iterdir()) == before
    assert store.snapshot().head == 3


def test_the_first_entry_can_be_raced_for_too(store):
    store.add("run", b"first", {}, after=0)
    with pytest.raises(Moved):
        store.add("run", b"also first", {}, after=0)


def test_many_writers_at_once_leave_no_gap_and_lose_nothing(store):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.folder), f"writer-{n}", "25"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    troubles = set()
    while any(writer.poll() is None for writer in writers):
        troubles.update(store.snapshot().troubles)
    said = [line for writer in writers for line in writer.communicate()[0].split()]
    snapshot = store.snapshot()
    entries = list(snapshot.newest_first())
    assert [entry.number for entry in entries] == list(range(100, 0, -1))
    assert sorted(said) == sorted(entry.id for entry in entries)
    assert len({snapshot.body(entry) for entry in entries}) == 100
    assert (snapshot.troubles, troubles) == ((), set()), "who looks while others write sees nothing torn"
    by = [entry.facts["by"] for entry in entries]
    assert sum(a != b for a, b in itertools.pairwise(by)) > 3, "the writers never met"


def test_a_store_that_is_damaged_takes_nothing(store):
    filled(store)
    (store.folder / "index.jsonl").write_bytes((store.folder / "index.jsonl").read_bytes()[:-1])
    with pytest.raises(Damaged, match=r"nothing was added. index.jsonl is not what head.json says.*\nnext: "):
        store.add("run", b"x", {})


def test_facts_that_no_json_can_carry_are_a_mistake_of_the_caller_and_leave_nothing(store):
    filled(store)
    before = sorted(path.name for path in store.folder.iterdir())
    with pytest.raises(ValueError, match="Out of range float values"):
        store.add("run", b"x", {"n": float("nan")})
    assert sorted(path.name for path in store.folder.iterdir()) == before


def test_a_store_that_is_a_file_is_a_mistake_of_the_user(tmp_path):
    (tmp_path / "evidence").write_text("x")
    store = Store(tmp_path / "evidence")
    with pytest.raises(UserError, match=r"cannot be stored there \(File exists\)(.|\n)*next: "):
        store.add("run", b"x", {})
    with pytest.raises(UserError, match=r"cannot be read \(Not a directory\)\nnext: "):
        store.snapshot()


def test_what_was_seen_only_saves_time(store):
    filled(store, 40)
    first = store.snapshot()
    (store.folder / "seen").write_bytes(b"\xff\x00 nonsense\n" * 50)
    assert store.snapshot() == first
    (store.folder / "seen").write_bytes(b"index 40 9999999 " + b"a" * 64 + b"\n" + b"x\n" * 40)
    assert store.snapshot() == first
    (store.folder / "seen").unlink()
    assert store.snapshot() == first
