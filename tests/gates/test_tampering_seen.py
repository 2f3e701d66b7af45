"""What a store remembers of the bodies it has read hides no edit: size, time and name may be as before."""

import os
import shutil
import time
from functools import partial

import pytest

from machinery.gatekeeping import NOW, Gatekeeping
from proveout.evidence import seen
from proveout.evidence.index import digests
from proveout.evidence.key import Key
from proveout.evidence.store import Store
from proveout.gates.decide import decide
from proveout.model.verdict import Word

FILLERS = seen.WORTH + 8
EDGE = "gaia/dev-staging"


def flipped(path, place):
    """Edit one byte without another size, time or inode."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.seek(place % before.st_size)
        byte = stream.read(1)
        stream.seek(place % before.st_size)
        stream.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def replaced(path, place):
    """Put another file there, with the same size and time."""
    before, content = path.stat(), bytearray(path.read_bytes())
    content[place % len(content)] ^= 1
    other = path.parent.with_name(f"{path.parent.name}-other")
    other.write_bytes(content)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def older(path, place):
    """Another text of the same length, with a time of long ago."""
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, (place, place))


def removed(path, _place):
    path.unlink()


def linked(path, _place):
    """A link to a copy outside of the store, which may change at any time."""
    copy = path.parent.with_name(f"{path.parent.name}-copy")
    shutil.copy2(path, copy)
    path.unlink()
    path.symlink_to(copy)


def swapped(path, _place):
    """Change places with the body before."""
    bodies = sorted(path.parent.glob("0*.json"))
    other, aside = bodies[bodies.index(path) - 1], path.parent.with_name(f"{path.parent.name}-aside")
    path.rename(aside)
    other.rename(path)
    aside.rename(other)


HARMS = {
    "flipped at the beginning": partial(flipped, place=0),
    "flipped in the middle": partial(flipped, place=1500),
    "flipped at the end": partial(flipped, place=-1),
    "replaced": partial(replaced, place=700),
    "older": partial(older, place=1_700_000_000),
    "removed": partial(removed, _place=0),
    "linked": partial(linked, _place=0),
    "swapped": partial(swapped, _place=0),
}


@pytest.fixture(scope="module", params=["unsigned", "signed"])
def keeping(request, tmp_path_factory):
    """Records that let the version through, after many others of long ago."""
    key = Key.new() if request.param == "signed" else None
    keeping = Gatekeeping(tmp_path_factory.mktemp("keeping"), "gaia", key=key)
    for number in range(FILLERS):
        claims = keeping.claims("prod", "smoke")[: 1 + number % 3]
        keeping.run("prod", claims, provenance="reference", ended=keeping.ago(days=30))
    keeping.ready("dev-staging")
    return keeping


@pytest.fixture(scope="module")
def copies(keeping):
    """The store once for each harm to each of the newest records and one old one, with all of them seen."""
    count = len(HARMS) * 4
    folders = [keeping.folder / f"evidence-{number}" for number in range(count)]
    for folder in folders:
        shutil.copytree(keeping.store.folder, folder)
    until = time.time_ns() + seen.SETTLED
    while time.time_ns() <= until:
        time.sleep(0.05)
    for folder in folders:
        assert Store(folder).snapshot().troubles == ()
        assert seen.load(folder).entries == FILLERS + 3, "what was seen is not remembered"
    return iter(folders)


def test_an_edit_of_what_was_seen_shuts_the_gate(keeping, copies):
    gate, through = keeping.catalogue.gate(EDGE), []
    for name, harm in HARMS.items():
        for which in (FILLERS // 2, FILLERS, FILLERS + 1, FILLERS + 2):
            folder = next(copies)
            path = sorted(folder.glob("0*.json"))[which]
            assert decide(keeping.catalogue, gate, Store(folder), now=NOW).word is Word.PASS
            harm(path)
            word = decide(keeping.catalogue, gate, Store(folder), now=NOW).word
            through += [f"record {which + 1} {name}"] if word is Word.PASS else []
    assert through == []


def test_what_is_said_to_have_been_seen_is_no_proof(keeping, tmp_path):
    """Somebody writes the file so that it tells of the edited body; the edit is of a record that is used."""
    folder = tmp_path / "evidence"
    shutil.copytree(keeping.store.folder, folder)
    for path in sorted(folder.glob("0*.json"))[-3:]:
        flipped(path, 1500)
    index = (folder / "index.jsonl").read_bytes()
    states = frozenset(seen.state(path.name, path.stat()) for path in folder.glob("0*.json"))
    seen.keep(folder, seen.Seen(FILLERS + 3, len(index), digests(index, len(index))[0], states))
    assert Store(folder).snapshot().troubles == (), "the file was believed"
    assert decide(keeping.catalogue, keeping.catalogue.gate(EDGE), Store(folder), now=NOW).word is Word.HOLD
