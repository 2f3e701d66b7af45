"""Consent to one release at one gate: who may give it, how long it holds, and what it is bound to."""

from datetime import timedelta

import pytest

from machinery.approving import EDGE, consent, held, line, without_approval
from machinery.gatekeeping import NEW, OTHER, Gatekeeping
from proveout.gates.approvals import LONGEST
from proveout.model.mistake import UserError
from proveout.model.verdict import Word


@pytest.fixture
def ceesar(tmp_path):
    """Everything is ready for prod, but nobody has approved."""
    return without_approval(tmp_path)


def test_a_consent_lets_the_gate_pass_and_the_decision_rests_on_it(ceesar):
    assert held(ceesar, "no approval is on record")
    entry, _ = consent(ceesar)
    decision = ceesar.decide(EDGE)
    assert decision.word is Word.PASS
    assert entry in decision.used
    assert line(ceesar).used == (entry,)


def test_the_line_names_the_command(ceesar):
    assert line(ceesar).next[0].startswith("proveout approve ceesar/gamma-prod --by NAME")


def test_an_approval_says_what_was_seen(ceesar):
    before = ceesar.store.snapshot()
    live = [
        e.name
        for e in before.newest_first()
        if (e.facts.get("environment"), e.facts.get("provenance")) == ("ceesar/gamma", "live")
    ]
    entry, approval = consent(ceesar)
    assert (approval.head, entry.number) == (before.head, before.head + 1)
    assert [run.uri for run in approval.runs] == live
    assert approval.release.artifact == NEW
    assert set(approval.definitions) == {"ceesar/gamma", "ceesar/prod"}


def test_without_an_expiry_it_holds_as_long_as_an_approval_may(ceesar):
    _, approval = consent(ceesar)
    assert approval.expires == (ceesar.ago(hours=2) + timedelta(seconds=LONGEST)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


# who, why, how long


@pytest.mark.parametrize(
    ("by", "authors"),
    [
        ("Ann", ["Ann"]),
        ("ann", ["Bob", "ANN"]),
        ("Ann <ann@example.org>", ["ann@example.org"]),
        ("ann@example.org", ["Ann <ann@example.org>"]),
        ("Ann", ["Ann <ann@example.org>"]),
    ],
)
def test_an_author_cannot_approve(ceesar, by, authors):
    with pytest.raises(UserError, match="nobody approves what is their own"):
        consent(ceesar, by=by, authors=authors)
    assert held(ceesar, "no approval")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"reason": ""}, "--reason '': it is empty"),
        ({"reason": "ok"}, "--reason 'ok': too short"),
        ({"reason": "1234567890"}, "too short"),
        ({"reason": "two lines\nof a reason"}, "one line of printable text"),
        ({"reason": "a reason \x1b[2J with a control"}, "printable"),
        ({"reason": "long " * 300}, "at most 1000"),
        ({"by": ""}, "--by '': it is empty"),
        ({"by": "..."}, "names nobody"),
        ({"authors": []}, "--author"),
        ({"authors": [""]}, "--author '': it is empty"),
        ({"span": LONGEST + 1}, "at most 14 d"),
        ({"span": 0.5}, "over at once"),
        ({"edge": "dev-gamma"}, "asks for no approval"),
    ],
)
def test_a_consent_that_says_too_little_or_too_much_is_refused(ceesar, changes, text):
    head = ceesar.store.snapshot().head
    with pytest.raises(UserError, match=text) as error:
        consent(ceesar, **changes)
    assert "\nnext: " in str(error.value)
    assert ceesar.store.snapshot().head == head


def test_what_nobody_has_looked_at_cannot_be_approved(tmp_path):
    empty = Gatekeeping(tmp_path, "ceesar")
    with pytest.raises(UserError, match="no run found out what runs there"):
        consent(empty)


def test_a_label_that_moves_cannot_be_approved_without_a_digest(ceesar):
    ceesar.run("gamma", version="latest", artifact=None, ended=ceesar.ago(hours=2.5))
    with pytest.raises(UserError, match="a label that moves"):
        consent(ceesar)


def test_nothing_is_approved_on_records_that_are_not_whole(ceesar):
    newest = next(ceesar.store.snapshot().newest_first())
    (ceesar.store.folder / newest.name).unlink()
    with pytest.raises(UserError, match="nothing was recorded"):
        consent(ceesar)


def test_a_clock_far_behind_the_records_approves_nothing(ceesar):
    with pytest.raises(UserError, match="later than now"):
        consent(ceesar, hours=24)


def test_an_approval_expires(ceesar):
    consent(ceesar, span=3 * 3600)
    assert line(ceesar).word is Word.PASS
    ceesar.now += timedelta(hours=1)
    assert held(ceesar, "expired at 2026-11-22T13:00:00Z")


def test_an_approval_that_expired_long_ago_is_none(ceesar):
    consent(ceesar)
    ceesar.now += timedelta(days=20)
    assert held(ceesar, "no approval is on record that has not expired")


# what it is bound to


def test_consent_to_one_version_is_none_to_another(ceesar):
    consent(ceesar)
    ceesar.run(
        "gamma", ceesar.claims("gamma", "smoke"), artifact=OTHER, version="1.4.3", ended=ceesar.ago(hours=1)
    )
    assert held(ceesar, "is about version 1.4.2")


def test_consent_to_a_version_is_none_to_another_build_of_it(ceesar):
    consent(ceesar)
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), artifact=OTHER, ended=ceesar.ago(hours=1))
    assert held(ceesar, "is about version 1.4.2")


@pytest.mark.parametrize(
    "file", ["gates.toml", "claims.toml", "gamma/environment.toml", "prod/environment.toml"]
)
def test_a_changed_definition_asks_for_consent_anew(ceesar, file):
    consent(ceesar)
    path = ceesar.directory / file
    path.write_text(path.read_text() + "# reviewed\n")
    ceesar.reload()
    assert held(ceesar, "before a definition or the gate was changed")


def test_a_definition_of_neither_end_changes_nothing(ceesar):
    consent(ceesar)
    path = ceesar.directory / "dev" / "environment.toml"
    path.write_text(path.read_text() + "# reviewed\n")
    ceesar.reload()
    assert line(ceesar).word is Word.PASS


def test_consent_for_a_rehearsal_promotes_nothing(ceesar):
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), provenance="reference", ended=ceesar.ago(hours=2.5))
    consent(ceesar, rehearsal=True)
    assert line(ceesar, rehearsal=True).word is Word.PASS
    assert held(ceesar, "is for a rehearsal")


def test_consent_to_a_promotion_is_none_to_a_rehearsal(ceesar):
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), provenance="reference", ended=ceesar.ago(hours=2.5))
    consent(ceesar)
    assert line(ceesar).word is Word.PASS
    assert held(ceesar, "not for a rehearsal", rehearsal=True)


# new failing results
