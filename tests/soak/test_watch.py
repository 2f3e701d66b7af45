from dataclasses import replace

import pytest

from machinery import ledgers
from machinery.ledgers import MIB, REHEARSAL
from proveout.load.reading import read
from proveout.soak.burn import ALARMS, burns, burnt
from proveout.soak.watch import watch


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    return read(ledgers.write(tmp_path_factory.mktemp("watch") / "one", REHEARSAL))


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return read(ledgers.write(tmp_path_factory.mktemp("watch") / "day", ledgers.HEALTHY))


def seen(ledger):
    return watch(ledger, ledger.profile, ledger.profile.mix("gaia"))


def until(ledger, seconds):
    """Return the ledger as it was so many seconds after its begin."""
    slots = tuple(slot for slot in ledger.slots if slot.begin + slot.seconds <= seconds)
    samples = tuple(sample for sample in ledger.samples if sample.at < ledger.begun + seconds)
    position = slots[-1].begin + slots[-1].seconds
    return replace(ledger, slots=slots, samples=samples, position=position, valid=position)


def failing(ledger, begin, end, share):
    slots = [
        replace(slot, failed=round(slot.requests * share)) if begin <= slot.begin < end else slot
        for slot in ledger.slots
    ]
    return replace(ledger, slots=tuple(slots))


def leaking(ledger, mib):
    begun = ledger.samples[0].at
    return replace(
        ledger,
        samples=tuple(
            s.model_copy(update={"rss": s.rss + round(mib * MIB * (s.at - begun) / 3600)})
            for s in ledger.samples
        ),
    )


def looks(ledger, step):
    """Watch as a soak does, and return what was found and after how many seconds."""
    found = []
    each = int(ledger.head.sample)
    for seconds in range(step + each, int(ledger.position) + 1, step):
        known = replace(until(ledger, seconds), findings=tuple(finding for finding, _ in found))
        found += [(finding, seconds) for finding in seen(known)]
    return found


def test_a_healthy_rehearsal_raises_no_finding(rehearsal):
    assert looks(rehearsal, 5) == []


def test_a_healthy_day_raises_no_finding(day):
    assert looks(day, 3 * 1800) == []


def test_a_leak_is_found_while_it_runs_and_told_once(day):
    found = looks(leaking(day, 20), 1800)
    growing = [(finding, seconds) for finding, seconds in found if finding.kind == "growing"]
    assert len(growing) == 1
    finding, seconds = growing[0]
    assert finding.facts["budget"] == "rss"
    assert finding.text.startswith("rss grows by ")
    assert seconds < 0.7 * 86400


def test_a_leak_within_the_budget_is_only_suspect(day):
    found = [finding for finding, _ in looks(leaking(day, 1), 1800)]
    assert [(finding.kind, finding.facts["budget"]) for finding in found] == [("suspect", "rss")]
    assert "the rest of the soak will tell" in found[0].text


def test_growth_is_looked_at_once_in_each_48th_of_the_time(day):
    leaky = leaking(day, 20)
    assert seen(leaky) == [], "the last minute of a day is not the first of another look"
    assert seen(until(leaky, 86400 - 1800 + 60)) != []


def test_a_rehearsal_finds_a_clear_leak(rehearsal):
    found = [finding.kind for finding, _ in looks(leaking(rehearsal, 4000), 5)]
    assert "growing" in found


def test_the_windows_are_derived_from_a_day():
    assert [round(alarm.speed, 1) for alarm in ALARMS] == [9.6, 3.0]
    assert [round(alarm.duration * 24 * 60) for alarm in ALARMS] == [15, 120]


def test_a_fire_is_told_within_a_quarter_of_an_hour(day):
    limit = 0.001
    burning = failing(day, 36_000, 40_000, 0.02)
    assert burns(until(burning, 36_000), limit) == []
    names = [burn.name for burn in burns(until(burning, 36_900), limit)]
    assert names == ["fast"]
    text = burns(until(burning, 36_900), limit)[0].text
    assert "requests failed in the last 15 min (1.995 %)" in text
    assert "the budget of 0.1 % is gone 20 times as fast as it may" in text


def test_a_smoulder_is_told_within_hours(day):
    burning = failing(day, 30_000, 86_400, 0.006)
    assert burns(until(burning, 31_000), 0.001) == []
    assert [burn.name for burn in burns(until(burning, 40_000), 0.001)] == ["steady"]


def test_a_fire_that_went_out_is_no_alarm_any_more(day):
    burning = failing(day, 36_000, 36_600, 0.02)
    assert [burn.name for burn in burns(until(burning, 36_600), 0.001)] == ["fast"]
    assert burns(until(burning, 37_500), 0.001) == []


def test_a_budget_that_is_used_up_is_told_whatever_comes(day):
    burnt_down = failing(day, 36_000, 39_600, 0.5)
    assert "spent" in [burn.name for burn in burns(until(burnt_down, 80_000), 0.001)]
    assert burnt(until(burnt_down, 80_000), 0.001) > 1
    findings = [finding for finding, _ in looks(burnt_down, 1800) if finding.kind == "burning"]
    assert [finding.facts["alarm"] for finding in findings] == ["fast", "steady", "spent"]


def test_one_error_among_few_requests_is_no_fire(rehearsal):
    slots = list(rehearsal.slots)
    slots[20] = replace(slots[20], failed=1)
    smoke = replace(rehearsal, slots=tuple(slots))
    assert all(burn.name == "spent" for burn in burns(until(smoke, 105), 0.001))
    (spent,) = burns(until(smoke, 105), 1e-4)
    assert "is used up: 1 request failed, " in spent.text
    assert burns(replace(rehearsal, slots=()), 0.001) == []
    assert burnt(replace(rehearsal, slots=()), 0.001) == 0
