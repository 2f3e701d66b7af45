"""`proveout event`, as a person types it."""

import pytest

SAID = ("--by", "Ann Smith", "--reason", "database brought back from a backup")


@pytest.fixture
def gaia(desk):
    return desk("gaia")


def test_it_says_what_was_recorded_where_and_what_comes_next(gaia):
    said = gaia("event", "gaia/prod", "recovery", *SAID)
    (entry,) = gaia.store.snapshot().newest_first()
    assert (said.exit, said.err) == (0, "")
    assert f"recovery of gaia/prod at {entry.facts['at']} is on record, Ann Smith says so" in said.out
    assert f"{entry.id}.json" in said.out
    assert said.out.endswith("next: pytest --env=gaia/prod -m smoke\n")


def test_a_recovery_of_before_is_told_with_its_time(gaia):
    at = gaia.ago(hours=2).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert f"at {at} is on record" in gaia("event", "gaia/prod", "recovery", *SAID, "--at", at).out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("gaia/prd", "recovery", *SAID), "did you mean gaia/prod"),
        (("gaia/prod", "recovring", *SAID), "did you mean recovery"),
        (("gaia/prod", "recovery", *SAID[2:]), "--by is missing"),
        (("gaia/prod", "recovery", *SAID[:2]), "--reason is missing"),
        (("gaia/prod", "recovery", *SAID, "--at", "noon"), "--at 'noon': not a time"),
        (("gaia/prod", "recovery", *SAID, "--at", "2126-01-01T00:00:00Z"), "in the future"),
        (("gaia/prod", "recovery", *SAID, "--at", "0026-01-01T00:00:00Z"), "more than 365 d ago"),
    ],
)
def test_a_mistake_is_a_sentence_with_the_next_command(gaia, words, text):
    said = gaia("event", *words)
    assert (said.exit, said.out) == (2, "")
    assert text in said.err
    assert "\nnext: " in said.err
    assert gaia.store.snapshot().head == 0
