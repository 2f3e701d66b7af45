"""The statement of a run, read back: one that contradicts itself is refused."""

import json

import pytest

from machinery.statements import run_statement
from proveout.evidence.instant import moment
from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import EXTENSION


class Parts:
    """The parts of a statement that a test changes."""

    def __init__(self):
        self.content = json.loads(run_statement())
        self.predicate = self.content["predicate"]
        self.own = self.predicate[EXTENSION]


def changed(change):
    parts = Parts()
    change(parts)
    return json.dumps(parts.content).encode()


def test_what_a_run_left_is_read_back():
    run = read_run(run_statement())
    assert (run.environment, run.verdict.word, run.proven) == ("demo/dev", "PASS", ("CC-A",))
    assert (run.void, run.down) == (None, None)
    assert facts_of_run(run)["ended"] == "2026-11-22T14:01:30Z"
    assert moment(run.ended).isoformat() == "2026-11-22T14:01:30+00:00"


CONTRADICTIONS = {
    "another subject": lambda s: s.content["subject"][0].update(name="demo/prod"),
    "no subject": lambda s: s.content.update(subject=[]),
    "two subjects": lambda s: s.content["subject"].append(s.content["subject"][0]),
    "an artifact that is no subject": lambda s: s.own["artifact"].update(digest="f" * 64),
    "a digest of other files": lambda s: s.own["definition"]["files"].update({"demo/x.toml": "c" * 64}),
    "a result that is not the word": lambda s: s.predicate.update(result="FAILED"),
    "a word that is not the result": lambda s: s.own["verdict"].update(word="HOLD"),
    "a failed claim in one list only": lambda s: s.predicate["failedTests"].append("CC-B"),
    "a failure although it passed": lambda s: s.own.update(failed={"CC-B": ["no"]}),
    "an unverified claim in one list only": lambda s: s.own.update(unverified={"CC-B": "no"}),
    "a claim proven twice": lambda s: s.predicate["passedTests"].append("CC-A"),
    "a claim proven by nothing": lambda s: s.predicate["passedTests"].append("CC-B"),
    "a proven claim whose check failed": lambda s: s.own["attempts"][0].update(ending="failed"),
    "a proven claim whose check was skipped": lambda s: s.own["attempts"][0].update(ending="skipped"),
    "a proven claim without its check": lambda s: s.own["attempts"].clear(),
    "a count that is too high": lambda s: s.own["verdict"].update(proven=2),
    "claims that are not counted": lambda s: s.own["verdict"].update(claims=5),
    "an end before its beginning": lambda s: s.own.update(begun="2026-11-22T15:00:00Z"),
    "trouble although it passed": lambda s: s.own["troubles"].append({"word": "HOLD", "reason": "x"}),
    "another predicate": lambda s: s.content.update(predicateType="https://slsa.dev/provenance/v1"),
    "another kind of statement": lambda s: s.content.update(_type="https://in-toto.io/Statement/v0.1"),
    "no extension": lambda s: s.predicate.pop(EXTENSION),
    "no list of proven claims": lambda s: s.predicate.pop("passedTests"),
    "numbers as claims": lambda s: s.predicate.update(passedTests=[1]),
    "a time with an offset": lambda s: s.own.update(ended="2026-11-22T14:01:30+00:00"),
    "a time that is none": lambda s: s.own.update(ended="2026-11-31T14:01:30Z"),
    "a digest that is too short": lambda s: s.own["definition"].update(digest="abc"),
    "a flag as text": lambda s: s.own["log"].update({"live": "true", "from": None}),
    "an ending nobody knows": lambda s: s.own["attempts"][0].update(ending="rerun"),
    "a provenance nobody knows": lambda s: s.own.update(provenance="prod"),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_statement_that_contradicts_itself_is_refused_with_a_sentence(change):
    with pytest.raises(Malformed) as refused:
        read_run(changed(change))
    assert len(str(refused.value)) > 10


@pytest.mark.parametrize("key", sorted(Parts().own.keys() - {"soak"}))
def test_none_of_its_parts_may_be_missing(key):
    with pytest.raises(Malformed):
        read_run(changed(lambda s: s.own.pop(key)))


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff\xfe", b"{" * 5000, b'{"a": 1, "a": 2}', b"null"])
def test_what_is_no_statement_at_all_is_refused(payload):
    with pytest.raises(Malformed):
        read_run(payload)


def test_keys_of_later_versions_say_nothing():
    run = read_run(changed(lambda s: s.own.update(weather="fine")))
    assert run.verdict.word == "PASS"


@pytest.mark.parametrize("kind", ["refused", "redeployed", "unidentified"])
def test_a_run_about_more_than_one_thing_is_void(kind):
    def mixed(parts):
        parts.predicate["result"] = "FAILED"
        parts.own["verdict"]["word"] = "HOLD"
        parts.own["troubles"].append({"word": "HOLD", "reason": "two of them", "kind": kind})

    assert read_run(changed(mixed)).void == "two of them"


def test_a_failure_that_no_check_saw_is_one_of_the_whole_environment():
    def failed(parts):
        parts.predicate["result"] = "FAILED"
        parts.own["verdict"] |= {"word": "FAIL", "reasons": ["nothing listens"]}

    assert read_run(changed(failed)).down == "nothing listens"


def test_a_check_that_fails_for_a_rule_is_no_failure_of_the_whole_environment():
    def failed(parts):
        parts.predicate["result"] = "FAILED"
        parts.own["verdict"] |= {"word": "FAIL", "reasons": ["1 failed"]}
        parts.own["attempts"].append({"check": "x", "claims": ["CC-RULE"], "ending": "failed"})

    assert read_run(changed(failed)).down is None
