"""`proveout waive`, as a person types it."""

import pytest

from proveout.model.verdict import Word

CLAIM = "GAIA-METRICS-PROMFMT"
WHY = ("--reason", "the scraper reads the old format as well", "--owner", "Ann Smith", "--issue", "#17")
SAID = ("--env", "gaia/dev", *WHY, "--expires", "10d")
BACK = ("--by", "Ann Smith", "--reason", "mended in the newest build")


@pytest.fixture
def gaia(desk):
    found = desk("gaia")
    found.ready("dev-staging")
    found.run("dev", failed=(CLAIM,), ended=found.ago(hours=2))
    return found


def decided(found):
    return found.decide("dev-staging").word


def newest(found):
    return next(found.store.snapshot().newest_first())


def test_it_says_what_is_set_aside_where_until_when_and_how_it_ends(gaia):
    said = gaia("waive", CLAIM, *SAID)
    entry = newest(gaia)
    assert (said.exit, said.err) == (0, "")
    assert (
        f"{CLAIM} may fail in gaia/dev until {entry.facts['expires']}; Ann Smith answers for it" in said.out
    )
    assert f"{entry.id}.json" in said.out
    assert f"proveout waive --end {entry.id} --by NAME --reason TEXT" in said.out
    assert decided(gaia) is Word.PASS


def test_an_environment_is_known_by_its_name_alone(gaia):
    assert gaia("waive", CLAIM, "--env", "dev", *SAID[2:]).exit == 0


def test_a_waiver_is_ended(gaia):
    gaia("waive", CLAIM, *SAID)
    entry = newest(gaia)
    said = gaia("waive", "--end", entry.id, *BACK)
    assert said.exit == 0
    assert f"Ann Smith ended the waiver {entry.id}" in said.out
    assert decided(gaia) is Word.FAIL


def test_the_list_says_what_is_waived_and_what_is_a_mistake(gaia):
    assert gaia("waive", "--list").out == "nothing is waived\n"
    gaia("waive", CLAIM, *SAID)
    entry = newest(gaia)
    assert gaia("waive", "--list").out == (
        f"{entry.id}  {CLAIM} in gaia/dev, Ann Smith, #17, until {entry.facts['expires']}: {WHY[1]}\n"
    )
    path = gaia.directory / "dev" / "environment.toml"
    path.write_text(path.read_text() + "# reviewed\n")
    assert "a mistake: the definition of gaia/dev or the gate was changed" in gaia("waive", "--list").out
    gaia("waive", "--end", entry.id, *BACK)
    assert gaia("waive", "--list").out == "nothing is waived\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "which claim?"),
        (SAID, "which claim?"),
        ((CLAIM, *SAID[2:]), "--env is missing"),
        ((CLAIM, *SAID[:2], *SAID[4:]), "--reason is missing"),
        ((CLAIM, *SAID[:4], *SAID[6:]), "--owner is missing"),
        ((CLAIM, *SAID[:6], *SAID[8:]), "--issue is missing"),
        ((CLAIM, *SAID[:8]), "--expires is missing"),
        ((CLAIM, *SAID[:8], "--expires", "31d"), "at most 30 d"),
        ((CLAIM, *SAID[:8], "--expires", "a week"), "not a duration"),
        ((CLAIM, "--env", "gaia/def", *SAID[2:]), "did you mean gaia/dev"),
        ((CLAIM, "--env", "all", *SAID[2:]), "a waiver is for one environment"),
        (("GAIA-METRICS-PROMFMD", *SAID), f"did you mean {CLAIM}"),
        (("GAIA-HEALTH-DEV", *SAID), "never_waived"),
        ((CLAIM, *SAID, "--by", "Ann"), "a waiver takes no --by"),
        (("--end", "17", *BACK), 'there is no waiver "17"'),
        (("--end", "17"), "--by is missing"),
        ((CLAIM, "--end", "17", *BACK), "--end takes no --claim"),
        (("--list", CLAIM), "--list takes no --claim"),
    ],
)
def test_a_mistake_is_a_sentence_with_the_next_command(gaia, words, text):
    head = gaia.store.snapshot().head
    said = gaia("waive", *words)
    assert (said.exit, said.out) == (2, "")
    assert text in said.err
    assert "\nnext: " in said.err
    assert gaia.store.snapshot().head == head


def test_a_waiver_that_cannot_be_read_is_listed_and_can_be_ended(gaia):
    entry = gaia.store.add("waiver", b"{}", {"environment": "gaia/dev"})
    said = gaia("waive", "--list")
    assert said.exit == 1
    assert f"record {entry.id} (waiver)" in said.err
    assert gaia("waive", "--end", entry.id, *BACK).exit == 0
    assert gaia("waive", "--list").exit == 0
