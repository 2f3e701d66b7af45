"""Mending completes or takes back what a killed writer left; what somebody changed stays damaged."""

from datetime import UTC, datetime

import pytest

from machinery.statements import files_of
from proveout.evidence import index as lines
from proveout.evidence.mend import mend
from proveout.evidence.store import Damaged, Store

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
ASIDE = "evidence.aside-20261122T201500Z"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "evidence")
    for number in range(3):
        store.add("run", b"body %d" % number, {"n": number})
    return store


def without_last_head(store):
    """Put the head back by one entry, as if the writer had been killed before the new one."""
    index = (store.folder / "index.jsonl").read_bytes()
    before = b"".join(index.splitlines(keepends=True)[:-1])
    (store.folder / "head.json").write_bytes(lines.head_of(before).written())
    return before


def test_a_store_that_is_whole_is_left_alone(store):
    before = files_of(store.folder)
    assert mend(store.folder, NOW) == []
    assert files_of(store.folder) == before
    assert [path.name for path in store.folder.parent.iterdir()] == ["evidence"]


def test_a_folder_that_is_not_there_needs_no_mending(tmp_path):
    assert mend(tmp_path / "none") == []
    assert list(tmp_path.iterdir()) == []


def test_an_entry_that_is_all_there_is_completed(store):
    newest = next(store.snapshot().newest_first())
    without_last_head(store)
    assert "goes on after what head.json vouches for" in store.snapshot().troubles[0]
    assert mend(store.folder, NOW) == [f"entry {newest.id} was there as a whole: it is completed"]
    snapshot = store.snapshot()
    assert (snapshot.troubles, next(snapshot.newest_first())) == ((), newest)


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_line_that_is_torn_is_taken_back_and_its_body_put_aside(store, cut):
    newest = next(store.snapshot().newest_first())
    before = without_last_head(store)
    index = (store.folder / "index.jsonl").read_bytes()
    (store.folder / "index.jsonl").write_bytes(index[:-cut])
    done = mend(store.folder, NOW)
    assert len(done) == 2
    assert store.snapshot().troubles == ()
    assert store.snapshot().head == 2
    aside = store.folder.parent / ASIDE
    assert (aside / newest.name).read_bytes() == b"body 2"
    assert (aside / "index.jsonl.tail").read_bytes() == index[len(before) : -cut]


def test_a_line_whose_body_is_not_there_or_another_is_taken_back(store):
    newest = next(store.snapshot().newest_first())
    without_last_head(store)
    (store.folder / newest.name).write_bytes(b"another")
    mend(store.folder, NOW)
    assert (store.snapshot().troubles, store.snapshot().head) == ((), 2)


def test_strays_are_put_aside_not_deleted(store):
    (store.folder / "notes.txt").write_text("mine")
    (store.folder / "folder").mkdir()
    (store.folder / "folder" / "x").write_text("x")
    assert len(store.snapshot().troubles) == 2
    done = mend(store.folder, NOW)
    assert [line.partition(" belongs")[0] for line in done] == ["'folder'", "'notes.txt'"]
    assert all(line.endswith(ASIDE) for line in done)
    aside = store.folder.parent / ASIDE
    assert sorted(files_of(aside)) == ["folder/x", "notes.txt"]
    assert store.snapshot().troubles == ()


def test_a_second_mending_in_the_same_second_overwrites_nothing(store):
    for text in ("first", "second"):
        (store.folder / "notes.txt").write_text(text)
        mend(store.folder, NOW)
    kept = [path.read_text() for path in sorted(store.folder.parent.glob("evidence.aside-*/*"))]
    assert sorted(kept) == ["first", "second"]


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_body_that_was_changed_or_removed_stays_damaged(store, harm):
    entry = list(store.snapshot().newest_first())[1]
    if harm == "changed":
        (store.folder / entry.name).write_bytes(b"better")
    else:
        (store.folder / entry.name).unlink()
    assert mend(store.folder, NOW) == []
    [trouble] = store.snapshot().troubles
    assert "begin a new store" in trouble


@pytest.mark.parametrize("harm", ["no-head", "head", "index", "no-index", "shorter"])
def test_what_no_killed_writer_leaves_is_not_mended(store, harm):
    index, head = store.folder / "index.jsonl", store.folder / "head.json"
    if harm == "no-head":
        head.unlink()
    elif harm == "head":
        head.write_bytes(head.read_bytes().replace(b'"entries":3', b'"entries":2'))
    elif harm == "index":
        index.write_bytes(index.read_bytes().replace(b'"n":1', b'"n":2'))
    elif harm == "no-index":
        index.unlink()
    else:
        index.write_bytes(b"".join(index.read_bytes().splitlines(keepends=True)[:2]))
    before = files_of(store.folder)
    with pytest.raises(Damaged, match=r"no killed writer leaves that, so nothing was changed\nnext: "):
        mend(store.folder, NOW)
    assert files_of(store.folder) == before
    assert store.snapshot().troubles
