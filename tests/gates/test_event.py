"""Events: a recovery that somebody puts on record asks for the smoke tier anew."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from machinery.gatekeeping import OLD, Gatekeeping
from machinery.mutations import mutations
from proveout.gates.events import happened, on_record, time
from proveout.gates.records import Records
from proveout.model.mistake import UserError
from proveout.model.verdict import Word

EDGE = "staging-prod"


@pytest.fixture
def gaia(tmp_path):
    return Gatekeeping(tmp_path / "gaia", "gaia")


def recovered(keeping, *, where="prod", what="recovery", hours=2.0, **changes):
    usual = {"by": "Ann Smith", "reason": "database brought back from a backup"}
    environment = keeping.catalogue.environments[f"gaia/{where}"]
    return happened(environment, what, keeping.ledger(keeping.ago(hours=hours)), **usual | changes)


def line(keeping):
    (found,) = [each for each in keeping.decide(EDGE).lines if each.needs == "recovered"]
    return found


def events(keeping):
    """The events of prod that can be believed, and what else was found."""
    records = Records(keeping.store.snapshot(), {}, keeping.now)
    return [event for _, event in on_record(records, "gaia/prod")], records.troubles


def test_after_a_recovery_the_smoke_tier_is_asked_for_anew(gaia):
    gaia.ready(EDGE)
    assert line(gaia).word is Word.PASS
    entry, event = recovered(gaia)
    assert event.at == "2026-11-22T10:00:00Z"
    found = line(gaia)
    assert found.word is Word.HOLD
    assert entry in found.used
    gaia.tiers("prod", "smoke", ended=gaia.ago(hours=1), artifact=OLD)
    assert line(gaia).word is Word.PASS


def test_the_index_tells_where_what_and_when(gaia):
    entry, _ = recovered(gaia)
    told = {"environment": "gaia/prod", "what": "recovery", "at": "2026-11-22T10:00:00Z"}
    assert told.items() <= entry.facts.items()


def test_a_recovery_of_before_is_put_on_record_with_its_time(gaia):
    _, event = recovered(gaia, at=gaia.ago(hours=5))
    assert (event.at, event.given) == ("2026-11-22T07:00:00Z", "2026-11-22T10:00:00Z")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"what": "recovry"}, 'there is no event "recovry"; did you mean recovery'),
        ({"what": ""}, "known: recovery"),
        ({"at": datetime(2026, 11, 22, 11, tzinfo=UTC)}, "in the future, it is 2026-11-22T10:00:00Z"),
        ({"at": datetime(2016, 11, 22, 11, tzinfo=UTC)}, "more than 365 d ago"),
        ({"by": ""}, "--by '': it is empty"),
        ({"by": "!"}, "names nobody"),
        ({"reason": "done"}, "too short"),
    ],
)
def test_what_cannot_have_happened_is_refused(gaia, changes, text):
    with pytest.raises(UserError) as error:
        recovered(gaia, **changes)
    assert text in str(error.value)
    assert "\nnext: " in str(error.value)
    assert gaia.store.snapshot().head == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T20:00:00Z", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("2026-11-22T21:00:00+01:00", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("2026-11-22 20:00Z", datetime(2026, 11, 22, 20, tzinfo=UTC)),
    ],
)
def test_a_time_with_its_zone_is_understood(text, expected):
    assert time(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "not a time"),
        ("", "not a time"),
        ("2026-02-30T00:00:00Z", "not a time"),
        ("2026-11-22T20:00:00", "does not say its zone"),
        ("2026-11-22", "does not say its zone"),
        ("0001-01-01T00:00:00+14:00", "no such time"),
        ("9999-12-31T23:59:59-14:00", "no such time"),
    ],
)
def test_a_time_that_is_none_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        time(text)


def test_events_are_read_back_the_newest_record_first(gaia):
    recovered(gaia, hours=4)
    recovered(gaia, hours=3, at=gaia.ago(hours=9))
    recovered(gaia, hours=2, where="staging")
    found, troubles = events(gaia)
    assert [event.at for event in found] == ["2026-11-22T03:00:00Z", "2026-11-22T08:00:00Z"]
    assert troubles == []


def test_no_changed_part_of_an_event_goes_unnoticed(gaia, tmp_path):
    pristine = tmp_path / "pristine"
    recovered(gaia, hours=3, where="staging")
    shutil.copytree(gaia.store.folder, pristine)
    entry, _ = recovered(gaia)
    statement = json.loads((gaia.store.folder / entry.name).read_bytes())
    tried, unnoticed = 0, []
    for name, changed in [("nothing", statement), *mutations(statement)]:
        shutil.rmtree(gaia.store.folder)
        shutil.copytree(pristine, gaia.store.folder)
        body = json.dumps(changed, indent=2).encode()
        gaia.store.add("event", body, entry.facts, now=gaia.ago(hours=2))
        found, troubles = events(gaia)
        tried += 1
        unnoticed += [name] if found or not troubles else []
    assert unnoticed == ["nothing"]
    assert tried > 250


def test_an_event_that_was_backdated_is_not_believed(gaia):
    entry, event = recovered(gaia)
    changed = event.model_copy(update={"head": 1, "given": "2026-11-20T10:00:00Z"})
    body = json.dumps(changed.statement).encode()
    gaia.store.add("event", body, changed.facts, now=gaia.now - timedelta(hours=1))
    found, troubles = events(gaia)
    assert found == [event]
    assert "and was stored at 2026-11-22T11:00:00Z" in troubles[0]
    assert entry.number == 1
