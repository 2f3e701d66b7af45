"""Whatever is done to any file of a store by hand is a trouble of the store, or the body is refused."""

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machinery.statements import files_of
from proveout.evidence import index as lines
from proveout.evidence.index import Entry
from proveout.evidence.store import Damaged, Store

COUNT = 6


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("original") / "evidence")
    for number in range(COUNT):
        store.add("run", json.dumps({"n": number, "text": "größe " * number}).encode(), {"n": number})
    return store


@pytest.fixture(scope="module")
def copied(original, tmp_path_factory):
    """A function that returns a fresh copy of the store, always in the same place."""
    folder = tmp_path_factory.mktemp("copied") / "evidence"

    def copied():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(original.folder, folder)
        return Store(folder)

    assert copied().snapshot().troubles == ()
    return copied


def names(store):
    return sorted(
        path.name
        for path in store.folder.iterdir()
        if path.name in {"index.jsonl", "head.json"} or path.name[0] == "0"
    )


def not_believed(store):
    """Tell whether the store is in trouble, which it says in sentences and never by falling over."""
    snapshot = store.snapshot()
    assert all("; next: " in trouble and "\n" not in trouble for trouble in snapshot.troubles)
    with suppress(Damaged):
        for entry in snapshot.newest_first():
            with suppress(Damaged):
                assert hashlib.sha256(snapshot.body(entry)).hexdigest() == entry.sha256
    return bool(snapshot.troubles)


def edits(content):
    """Yield every cut, and at every place a byte more, less, or another one."""
    for place in range(len(content)):
        yield content[:place]
        yield content[:place] + content[place + 1 :]
        yield content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        yield content[:place] + b" " + content[place:]
    yield content + b"\n"
    yield content + content


@pytest.mark.parametrize("which", range(COUNT + 2))
def test_every_edit_of_every_file_is_a_trouble(copied, which):
    store = copied()
    path = store.folder / names(store)[which]
    content = path.read_bytes()
    cases = 0
    for edited in edits(content):
        # "aab" with either a less is the same file.
        if edited != content:
            path.write_bytes(edited)
            assert not_believed(store), (path.name, edited)
            cases += 1
    path.write_bytes(content)
    assert store.snapshot().troubles == ()
    assert cases > len(content) * 3


def test_every_file_that_is_removed_is_missed(copied):
    for name in names(copied()):
        store = copied()
        (store.folder / name).unlink()
        assert not_believed(store), name


def test_every_file_that_stands_there_twice_is_one_too_many(copied):
    for name in names(copied()):
        store = copied()
        shutil.copy2(store.folder / name, store.folder / f"copy-of-{name}")
        [trouble] = store.snapshot().troubles
        assert trouble.startswith(f"'copy-of-{name}' is no entry of the index; next: proveout evidence mend")


def test_any_two_files_that_changed_places_are_noticed(copied):
    both = names(copied())
    for one in both:
        for other in both:
            if one < other:
                store = copied()
                first, second = (store.folder / one).read_bytes(), (store.folder / other).read_bytes()
                (store.folder / one).write_bytes(second)
                (store.folder / other).write_bytes(first)
                assert not_believed(store), (one, other)


@given(data=st.data())
def test_any_mixture_of_two_moments_of_a_store_is_noticed(copied, data):
    """An index of yesterday with the head of today, or the reverse, and bodies more or less."""
    store = copied()
    before = {name: (store.folder / name).read_bytes() for name in names(store)}
    added = store.add("run", b"today", {})
    after = {name: (store.folder / name).read_bytes() for name in names(store)}
    chosen = {}
    for name, now in after.items():
        content = data.draw(st.sampled_from([now, before.get(name)]), label=name)
        (store.folder / name).unlink()
        if content is not None:
            (store.folder / name).write_bytes(content)
            chosen[name] = content
    if chosen in (before, after):
        assert store.snapshot().troubles == ()
    else:
        assert not_believed(store), added


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\x00" * 4000,
        b"\xff\xfe",
        b"[]\n",
        b'{"number":1}\n',
        b"{" * 100_000,
        b'{"entries":"1","bytes":1,"sha256":"' + b"a" * 64 + b'"}\n',
        b'{"entries":1,"bytes":999999999999,"sha256":"' + b"a" * 64 + b'"}\n',
        b'{"entries":1,"bytes":0,"sha256":"' + b"a" * 64 + b'"}\n',
    ],
    ids=lambda content: repr(content[:20]),
)
@pytest.mark.parametrize("name", ["index.jsonl", "head.json"])
def test_an_index_or_head_that_is_something_else_is_a_trouble(copied, name, content):
    store = copied()
    (store.folder / name).write_bytes(content)
    assert not_believed(store)


@given(content=st.binary(max_size=400))
def test_no_bytes_whatever_as_an_index_are_a_traceback(copied, content):
    """Even a head that vouches for them makes no evidence of what is none."""
    store = copied()
    (store.folder / "index.jsonl").write_bytes(content)
    (store.folder / "head.json").write_bytes(lines.head_of(content).written())
    assert not_believed(store)


def forged(store, *rows):
    """Write an index and the head that belongs to it."""
    index = b"".join(row if isinstance(row, bytes) else row.line() for row in rows)
    (store.folder / "index.jsonl").write_bytes(index)
    (store.folder / "head.json").write_bytes(lines.head_of(index).written())


@pytest.mark.parametrize(
    "change", ["gap", "twice", "order", "text", "zero", "older", "kind", "again", "extra", "key-twice"]
)
def test_an_index_with_its_own_head_is_held_against_its_rules(copied, change):
    store = copied()
    entries = list(store.snapshot().newest_first())[::-1]
    line = entries[2].line()
    rows = {
        "gap": [*entries[:2], *entries[3:]],
        "twice": [*entries, entries[-1]],
        "order": [entries[1], entries[0], *entries[2:]],
        "text": [*entries[:2], line.replace(b'"number":3', b'"number":"3"'), *entries[3:]],
        "zero": [*entries[:2], line.replace(b'"number":3', b'"number":03'), *entries[3:]],
        "older": [*entries[:5], Entry(6, "run", entries[5].sha256, "2020-01-01T00:00:00Z", {"n": 5})],
        "kind": [*entries[:2], line.replace(b'"kind":"run"', b'"kind":"rune"'), *entries[3:]],
        "again": [*entries, replace(entries[2], number=7, stored=entries[5].stored)],
        "extra": [*entries[:5], entries[5].line().replace(b'"facts":{', b'"facts":{},"more":{')],
        "key-twice": [*entries[:5], entries[5].line().replace(b'"facts":{', b'"facts":{"n":5,')],
    }[change]
    if change == "again":
        shutil.copy(store.folder / entries[2].name, store.folder / rows[-1].name)
    forged(store, *rows)
    snapshot = store.snapshot()
    if change in {"extra", "key-twice"}:  # seen where the line is parsed, which is when it is asked for
        with pytest.raises(Damaged, match=r"^.*index.jsonl: (a line|the key).*\nnext: "):
            next(snapshot.newest_first())
        with pytest.raises(Damaged):
            store.add("run", b"x", {})
    else:
        assert snapshot.troubles


def test_a_link_a_folder_or_a_pipe_in_the_place_of_a_file_is_a_trouble(copied, tmp_path):
    for name in names(copied()):
        for make in ("link", "folder", "pipe"):
            store = copied()
            path = store.folder / name
            path.rename(tmp_path / name)
            if make == "link":
                path.symlink_to(tmp_path / name)
            elif make == "folder":
                path.mkdir()
            else:
                os.mkfifo(path)
            assert not_believed(store), (name, make)


@pytest.mark.parametrize("name", ["store.lock", "seen"])
def test_what_is_no_file_in_the_place_of_our_own_is_a_trouble_too(copied, name):
    store = copied()
    (store.folder / name).unlink(missing_ok=True)
    (store.folder / name).mkdir()
    assert f"{name} is not a file; next: " in store.snapshot().troubles[0]


@pytest.mark.parametrize(
    "name", ["notes.txt", ".DS_Store", "a b", "größe", "\n", b"\xff", "000007-aaaaaaaaaaaa.json"]
)
def test_anything_else_in_the_folder_is_named(copied, name):
    store = copied()
    path = os.fsencode(store.folder) + b"/" + os.fsencode(name)
    with open(path, "wb") as stream:  # noqa: PTH123 - a name that no text can be made of
        stream.write(b"x")
    [trouble] = store.snapshot().troubles
    assert "is no entry of the index; next: proveout evidence mend" in trouble
    assert trouble.isprintable()


def test_bodies_without_an_index_and_a_head_are_no_empty_store(copied):
    store = copied()
    for name in ("index.jsonl", "head.json"):
        (store.folder / name).unlink()
    snapshot = store.snapshot()
    assert snapshot.head == 0
    assert len(snapshot.troubles) == 6
    assert snapshot.troubles[-1] == "and 1 more of this sort; next: proveout evidence mend"


def test_looking_changes_nothing(copied):
    store = copied()
    before = files_of(store.folder)
    store.snapshot()
    assert files_of(store.folder) == before
