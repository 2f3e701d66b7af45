"""The record of a decision: exactly the fields that SLSA publishes, and one extension of our own."""

import json

import pytest

from machinery.gatekeeping import NEW
from proveout.evidence.malformed import Malformed
from proveout.gates.summary import EXTENSION, facts, read, statement

PUBLISHED = {
    "verifier",
    "timeVerified",
    "resourceUri",
    "policy",
    "inputAttestations",
    "verificationResult",
    "verifiedLevels",
}


@pytest.fixture
def passed(ceesar):
    ceesar.ready("dev-gamma")
    return ceesar.decide("dev-gamma")


@pytest.fixture
def held(ceesar):
    return ceesar.decide("dev-gamma")


def test_it_has_the_published_fields_and_one_extension(passed):
    content = statement(passed)
    assert set(content) == {"_type", "subject", "predicateType", "predicate"}
    assert content["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert set(content["predicate"]) == PUBLISHED | {EXTENSION}
    assert set(content["predicate"]["verifier"]) == {"id"}
    assert set(content["predicate"]["policy"]) == {"uri", "digest"}


def test_every_subject_and_every_input_has_a_digest(passed):
    content = statement(passed)
    inputs = content["predicate"]["inputAttestations"]
    assert {"name": "ceesar/dev-gamma#artifact", "digest": {"sha256": NEW}} in content["subject"]
    assert all(len(one["digest"]["sha256"]) == 64 for one in [*content["subject"], *inputs])
    assert len({one["uri"] for one in inputs}) == len(inputs) == 2


def test_a_pass_is_passed_and_everything_else_failed(passed, ceesar):
    assert statement(passed)["predicate"]["verificationResult"] == "PASSED"
    assert statement(passed)["predicate"]["verifiedLevels"] == ["PROVEOUT_CEESAR_DEV_GAMMA"]
    ceesar.run("dev", failed=("CC-HL-STATUS",))
    failed = statement(ceesar.decide("dev-gamma"))
    assert failed["predicate"]["verificationResult"] == "FAILED"
    assert failed["predicate"]["verifiedLevels"] == ["FAILED"]


def test_a_hold_is_failed_and_its_word_is_in_the_extension(held):
    content = statement(held)
    assert content["predicate"]["verificationResult"] == "FAILED"
    assert content["predicate"][EXTENSION]["word"] == "HOLD"


def test_a_rehearsal_that_passes_is_failed_for_all_who_read_only_that(ceesar):
    for name, tiers in (("dev", ("smoke", "regression")),):
        proven = ceesar.claims(name, *tiers) + ceesar.claims(name, *tiers, proof="twin")
        ceesar.run(name, proven, provenance="reference")
    decision = ceesar.decide("dev-gamma", rehearsal=True)
    content = statement(decision)
    assert decision.word.value == "PASS"
    assert "rehearsal: promotes nothing" in str(decision.verdict)
    assert content["predicate"]["verificationResult"] == "FAILED"
    assert content["predicate"]["verifiedLevels"] == ["FAILED"]


def test_it_is_read_back_as_it_was(passed):
    past = read(json.loads(json.dumps(statement(passed))))
    assert (past.gate, past.word, past.rehearsal) == ("ceesar/dev-gamma", "PASS", False)
    assert past.release == passed.release
    assert past.definitions == passed.definitions
    assert facts(passed)["word"] == "PASS"


@pytest.mark.parametrize(
    "harm",
    [
        lambda p: p.update(verificationResult="FAILED"),
        lambda p: p[EXTENSION].update(word="HOLD"),
        lambda p: p[EXTENSION].update(rehearsal=True),
        lambda p: p[EXTENSION].pop("release"),
        lambda p: p[EXTENSION].update(lines=None),
        lambda p: p[EXTENSION]["lines"][0].update(word="FAIL"),
        lambda p: p[EXTENSION].update(definitions=[]),
        lambda p: p.pop(EXTENSION),
        lambda p: p.pop("timeVerified"),
    ],
)
def test_one_that_contradicts_itself_is_refused(passed, harm):
    content = statement(passed)
    harm(content["predicate"])
    with pytest.raises(Malformed):
        read(content)
