"""What may be done to the files a gate reads without shutting it, and why; and what no gate can notice."""

import os
import shutil

import pytest

from machinery.target import Target
from proveout.evidence import seen
from proveout.model.verdict import Word


@pytest.fixture
def target(tmp_path):
    """A function that returns an edge whose gate opens."""
    return lambda edge: Target(tmp_path / "target", edge, key=None)


def test_the_lock_says_nothing(target):
    attacked = target("ceesar/dev-gamma")
    (attacked.folder / "store.lock").unlink()
    assert attacked.word() is Word.PASS


@pytest.mark.parametrize("content", [b"", b"x" * 1000, b"index 3 400 " + b"a" * 64 + b"\n"])
def test_what_was_seen_only_saves_time(target, content):
    """Any content costs time at most: it is only believed where it says what is there."""
    attacked = target("ceesar/dev-gamma")
    (attacked.folder / seen.NAME).write_bytes(content)
    assert attacked.word() is Word.PASS
    (attacked.folder / seen.NAME).unlink()
    assert attacked.word() is Word.PASS


def test_the_times_that_files_show_say_nothing(target):
    """A copy of the folder has other ones; the times that count stand in the records."""
    attacked = target("ceesar/gamma-prod")
    for path in attacked.place.original:
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert attacked.word() is Word.PASS


def test_a_copy_of_the_whole_folder_is_the_same_store(target):
    attacked = target("ceesar/gamma-prod")
    shutil.copytree(attacked.folder, attacked.folder.with_name("copy"))
    shutil.rmtree(attacked.folder)
    attacked.folder.with_name("copy").rename(attacked.folder)
    assert attacked.word() is Word.PASS


def test_other_words_under_the_headings_of_a_document_are_as_good(target):
    """The gate asks that the document says something; what it says is for people to judge."""
    attacked = target("ceesar/gamma-prod")
    [document] = [path for path in attacked.definitions() if path.suffix == ".md"]
    document.write_bytes(document.read_bytes() + b"\nOne sentence more.\n")
    assert attacked.word() is Word.PASS


@pytest.mark.parametrize(
    ("edge", "file"),
    [
        ("ceesar/dev-gamma", "gamma/environment.toml"),
        ("ceesar/dev-gamma", "prod/environment.toml"),
        ("ceesar/dev-gamma", "config/env.prod"),
        ("gaia/dev-staging", "prod/environment.toml"),
        ("gaia/dev-staging", "prod/GAIA_GO.env"),
    ],
)
def test_a_definition_that_no_evidence_of_the_edge_is_about_may_change(target, edge, file):
    """The decision says what the far end was; where that changes afterwards, the next gate holds."""
    attacked = target(edge)
    with (attacked.keeping.directory / file).open("a") as stream:
        stream.write("# a comment\n")
    assert attacked.word() is Word.PASS


def test_a_far_end_that_changes_after_the_decision_is_noticed_by_the_gate_after_it(target):
    attacked = target("ceesar/gamma-prod")
    keeping = attacked.keeping
    [decided] = [entry for entry, _ in attacked.rows if entry.kind == "decision"]
    with (keeping.directory / "dev" / "environment.toml").open("a") as stream:
        stream.write("# a comment\n")
    assert decided.facts["word"] == "PASS"
    assert attacked.word() is Word.HOLD


def test_a_configuration_under_a_name_that_nothing_tells_of_is_no_definition(target):
    attacked = target("ceesar/gamma-prod")
    config = attacked.keeping.directory / "config"
    shutil.copy(config / "env.prod", config / "env.prod.old")
    assert attacked.word() is Word.PASS


def test_the_limit_is_a_store_that_is_cut_back_as_a_whole(target):
    """Nothing in the folder remembers how long it was; the number that each decision says does."""
    attacked = target("ceesar/gamma-prod")
    keeping = attacked.keeping
    before = keeping.decide("gamma-prod")
    keeping.run("gamma", failed=keeping.claims("gamma", "smoke")[:1])
    red = keeping.decide_on_record("gamma-prod")
    assert (before.word, red.word) == (Word.PASS, Word.FAIL)
    newer = set(attacked.folder.glob("0*.json")) - set(attacked.place.original)
    for path in newer:
        path.unlink()
    for path, content in attacked.resealed(attacked.rows).items():
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
    forgotten = keeping.decide("gamma-prod")
    assert forgotten.word is Word.PASS
    assert forgotten.head < red.head
