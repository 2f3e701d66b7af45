"""No critical error in the logs, over all the time that the evidence is from, and the log was live."""

import pytest

from proveout.evidence.instant import written
from proveout.model.verdict import Word


def log(begun, ended, **changes):
    usual = {"from": written(begun), "to": written(ended), "live": True, "critical": 0, "how": "it grew"}
    return usual | changes


@pytest.fixture
def line(ceesar):
    """A function that returns the line about logs, after gamma was verified an hour and two hours ago."""

    def line(first, second):
        for hours, found in ((2, first), (1, second)):
            ended = ceesar.ago(hours=hours)
            for proof, provenance in (("live", "live"), ("twin", "twin")):
                claims = ceesar.claims("gamma", "smoke" if hours == 1 else "load", proof=proof)
                if claims:
                    ceesar.run("gamma", claims, ended=ended, provenance=provenance, log=found)
        return next(line for line in ceesar.decide("gamma-prod").lines if line.needs == "logs")

    return line


def test_one_log_over_both_runs_is_enough(ceesar, line):
    whole = log(ceesar.ago(hours=5), ceesar.ago(hours=1))
    assert line(log(ceesar.ago(hours=3), ceesar.ago(hours=2)), whole).word is Word.PASS


def test_between_two_runs_no_log_was_read(ceesar, line):
    found = line(
        log(ceesar.ago(hours=3), ceesar.ago(hours=2)), log(ceesar.ago(hours=1.5), ceesar.ago(hours=1))
    )
    assert found.word is Word.HOLD
    assert found.reasons == ("no log was read from 2026-11-22T10:00:00Z to 2026-11-22T10:30:00Z",)


def test_the_beginning_was_not_read(ceesar, line):
    found = line({"unknown": "no access"}, log(ceesar.ago(hours=2), ceesar.ago(hours=1)))
    assert (found.word, "no access" in found.reasons[0]) == (Word.HOLD, True)


def test_a_silent_log_is_no_healthy_one(ceesar, line):
    whole = log(ceesar.ago(hours=5), ceesar.ago(hours=1), live=False)
    assert line(whole, whole).word is Word.HOLD


def test_a_critical_error_between_the_runs_counts(ceesar, line):
    whole = log(ceesar.ago(hours=5), ceesar.ago(hours=1), critical=1, examples=["ERROR disk full"])
    found = line(
        log(ceesar.ago(hours=3), ceesar.ago(hours=2)), whole | {"latest": written(ceesar.ago(hours=1.7))}
    )
    assert (found.word, "ERROR disk full" in found.reasons[0]) == (Word.FAIL, True)


def test_one_from_before_the_evidence_does_not(ceesar, line):
    whole = log(ceesar.ago(hours=99), ceesar.ago(hours=1), critical=1, examples=["ERROR disk full"])
    whole["latest"] = written(ceesar.ago(hours=50))
    assert line(log(ceesar.ago(hours=3), ceesar.ago(hours=2)), whole).word is Word.PASS


def test_one_of_an_unknown_time_does(ceesar, line):
    whole = log(ceesar.ago(hours=5), ceesar.ago(hours=1), critical=1)
    assert line(log(ceesar.ago(hours=3), ceesar.ago(hours=2)), whole).word is Word.FAIL


def test_a_run_that_no_rule_rests_on_is_looked_at_too(ceesar, line):
    whole = log(ceesar.ago(hours=5), ceesar.ago(hours=1))
    ended = ceesar.ago(hours=1.2)
    error = log(ended, ended, critical=1, latest=written(ended))
    ceesar.run("gamma", ("CC-HL-FIELDS",), ended=ceesar.ago(hours=2.5))
    ceesar.run("gamma", ("CC-HL-FIELDS",), ended=ended, log=error)
    assert line(whole, whole).word is Word.FAIL


def test_without_evidence_there_is_nothing_to_read_the_log_for(ceesar):
    found = next(line for line in ceesar.decide("gamma-prod").lines if line.needs == "logs")
    assert (found.word, "no evidence yet" in found.reasons[0]) == (Word.HOLD, True)
