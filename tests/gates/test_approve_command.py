"""`proveout approve`, as a person types it."""

import pytest

from proveout.evidence.key import Key
from proveout.model.verdict import Word

EDGE = "ceesar/gamma-prod"
SAID = (
    "--by",
    "Bea Boss",
    "--author",
    "Ann Author, Al Other",
    "--reason",
    "agreed upon on Monday",
)
WRONG = ("--by", "Bea Boss", "--reason", "the figures were wrong")


@pytest.fixture
def ceesar(desk):
    return ready(desk("ceesar"))


def ready(found):
    found.approve = lambda *_, **__: None
    found.ready("gamma-prod")
    return found


def decided(found):
    return found.decide("gamma-prod").word


def newest(found):
    return next(found.store.snapshot().newest_first())


def test_it_says_what_was_recorded_where_until_when_and_what_comes_next(ceesar):
    said = ceesar("approve", EDGE, *SAID, "--expires", "7d")
    entry = newest(ceesar)
    assert (said.exit, said.err) == (0, "")
    assert (
        f"Bea Boss approves version 1.4.2 (sha256:a1a1a1a1a1a1) for {EDGE} until {entry.facts['expires']}"
        in said.out
    )
    assert f"{entry.id}.json" in said.out
    assert said.out.endswith(f"next: proveout gate {EDGE} --explain\n")
    assert decided(ceesar) is Word.PASS


def test_an_edge_is_known_by_its_name_alone(ceesar):
    assert ceesar("approve", "gamma-prod", *SAID).exit == 0


def test_authors_are_named_in_one_option_or_in_several(ceesar):
    said = ceesar("approve", EDGE, *SAID, "--author", "bea boss")
    assert said.exit == 2
    assert "may be the author 'bea boss'" in said.err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((EDGE, "--by", "Bea"), "--author is missing"),
        ((EDGE, *SAID[2:]), "--by is missing"),
        ((EDGE, *SAID[:4]), "--reason is missing"),
        ((EDGE, *SAID, "--expires", "soon"), "--expires 'soon': not a duration"),
        ((EDGE, *SAID, "--expires", "15d"), "at most 14 d"),
        (("ceesar/gama-prod", *SAID), "did you mean ceesar/gamma-prod"),
        (("ceesar/dev-gamma", *SAID), "asks for no approval"),
        ((EDGE, "--withdraw", "12"), "--by is missing"),
        ((EDGE, *SAID, "--withdraw", "12"), "--withdraw takes no --author"),
        ((EDGE, *SAID[:2], *SAID[4:], "--withdraw", "12"), 'there is no approval "12"'),
        ((EDGE, "--list", "--by", "Bea"), "--list takes no --by"),
    ],
)
def test_a_mistake_is_a_sentence_with_the_next_command(ceesar, words, text):
    head = ceesar.store.snapshot().head
    said = ceesar("approve", *words)
    assert (said.exit, said.out) == (2, "")
    assert text in said.err
    assert "\nnext: " in said.err
    assert ceesar.store.snapshot().head == head


def test_without_any_run_there_is_nothing_to_approve(desk):
    said = desk("ceesar")("approve", EDGE, *SAID)
    assert said.exit == 2
    assert "no run found out what runs there" in said.err


def test_a_consent_is_taken_back(ceesar):
    ceesar("approve", EDGE, *SAID)
    entry = newest(ceesar)
    said = ceesar("approve", EDGE, "--withdraw", entry.id, *WRONG)
    assert said.exit == 0
    assert f"Bea Boss took the approval {entry.id} back" in said.out
    assert decided(ceesar) is Word.HOLD


def test_the_list_says_what_counts_and_why_another_does_not(ceesar):
    assert "no approval is on record" in ceesar("approve", "--list", EDGE).out
    ceesar("approve", EDGE, *SAID)
    first = newest(ceesar)
    ceesar("approve", EDGE, "--withdraw", first.id, *WRONG)
    ceesar("approve", EDGE, *SAID)
    said = ceesar("approve", "--list", EDGE)
    newer, older = said.out.splitlines()
    assert said.exit == 0
    assert newer.startswith(f"{newest(ceesar).id}  counts until ")
    assert older.startswith(f"{first.id}  does not count: ")
    assert "taken back by Bea Boss: the figures were wrong" in older


def test_a_list_of_records_that_are_not_whole_says_so(ceesar):
    (ceesar.store.folder / newest(ceesar).name).unlink()
    said = ceesar("approve", "--list", EDGE)
    assert said.exit == 1
    assert "is missing" in said.err


def test_a_rehearsal_has_an_approval_of_its_own(ceesar):
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), provenance="reference", ended=ceesar.ago(minutes=1))
    said = ceesar("approve", EDGE, *SAID, "--rehearse")
    assert said.exit == 0
    assert "(rehearsal)" in said.out
    assert said.out.endswith("--explain --rehearse\n")
    assert decided(ceesar) is Word.HOLD
    assert "counts until" in ceesar("approve", "--list", EDGE, "--rehearse").out
    assert "does not count: " in ceesar("approve", "--list", EDGE).out


def test_it_is_signed_with_the_key_that_is_set(desk, tmp_path, monkeypatch):
    key = Key.new()
    ceesar = ready(desk("ceesar", key=key))
    said = ceesar("approve", EDGE, *SAID)
    assert said.exit == 2
    assert "no key is set here" in said.err
    file = tmp_path / "key.pem"
    file.touch(mode=0o600)
    file.write_bytes(key.pem)
    monkeypatch.setenv("PROVEOUT_KEY", str(file))
    assert ceesar("approve", EDGE, *SAID).exit == 0
    assert decided(ceesar) is Word.PASS
    file.write_bytes(Key.new().pem)
    assert "is none of those that count" in ceesar("approve", EDGE, *SAID).err
