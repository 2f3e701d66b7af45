"""Where a claim stands after any history of passes and failures, in both orders: ended and stored."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machinery.gatekeeping import NEW, NOW, OTHER, Gatekeeping
from proveout.evidence.instant import written
from proveout.evidence.store import Store
from proveout.gates.context import LIVE
from proveout.gates.records import Records
from proveout.gates.release import Release
from proveout.gates.standing import Question, standings
from proveout.model.verdict import Word

CLAIM = "CC-HL-STATUS"
RESULT = st.tuples(
    st.sampled_from(["proven", "failed", "unverified"]),
    st.integers(1, 40),  # hours ago that it ended
    st.sampled_from([NEW, NEW, NEW, OTHER]),
)


def stand(keeping, **changes):
    environment = keeping.catalogue.environments["ceesar/gamma"]
    records = Records(keeping.store.snapshot(), {}, keeping.now)
    usual = {
        "environment": "ceesar/gamma",
        "provenances": LIVE,
        "claims": (CLAIM,),
        "release": Release("1.4.2", NEW),
        "definition": keeping.statement("gamma")["subject"][0]["digest"]["sha256"],
        "since": written(keeping.now, -30 * 3600),
    }
    assert environment.id == usual["environment"]
    found = standings(records, Question(**(usual | changes)))[CLAIM]
    assert records.troubles == []
    return found


def put(keeping, ending, hours, artifact=NEW):
    """Store a result now, of a run that ended some hours ago."""
    proven = (CLAIM,) if ending == "proven" else ("CC-HL-METHOD",)
    content = keeping.statement(
        "gamma",
        proven,
        ended=NOW - timedelta(hours=hours),
        artifact=artifact,
        **({ending: (CLAIM,)} if ending != "proven" else {}),
    )
    return keeping.put(content, now=NOW)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(RESULT, max_size=7))
def test_a_pass_stands_only_if_no_failure_ended_or_was_stored_later(tmp_path_factory, history):
    keeping = keeping_of(tmp_path_factory)
    for ending, hours, artifact in history:
        put(keeping, ending, hours, artifact)
    about = [(i, e, h) for i, (e, h, artifact) in enumerate(history) if artifact == NEW]
    passes = [(i, h) for i, e, h in about if e == "proven" and h <= 30]
    failures = [(i, h) for i, e, h in about if e == "failed"]
    stands = any(all(i > j and h < k for j, k in failures) for i, h in passes)
    found = stand(keeping)
    assert (found.word is Word.PASS) == stands
    assert found.word is not Word.HOLD or not failures


def keeping_of(factory, _cache={}):  # noqa: B006 - the definitions are copied once, each example has its store
    if not _cache:
        _cache["keeping"] = Gatekeeping(factory.mktemp("keeping"), "ceesar")
    keeping = _cache["keeping"]
    keeping.store = Store(factory.mktemp("store"))
    return keeping


def test_nothing_on_record_is_no_pass(ceesar):
    assert stand(ceesar).word is Word.HOLD
    assert "no evidence (live)" in stand(ceesar).reason


def test_what_is_too_old_is_as_if_it_were_not_there(ceesar):
    put(ceesar, "proven", 31)
    assert stand(ceesar).word is Word.HOLD
    assert stand(ceesar, since=written(ceesar.now, -32 * 3600)).word is Word.PASS


def test_the_reason_of_an_unverified_claim_is_handed_on(ceesar):
    put(ceesar, "unverified", 1)
    assert stand(ceesar).reason == "unverified: no machine access"


def test_a_failure_with_a_time_older_than_any_that_counts_revokes_what_was_stored_before_it(ceesar):
    put(ceesar, "proven", 1)
    put(ceesar, "failed", 2000)
    assert stand(ceesar).word is Word.FAIL
    put(ceesar, "proven", 0.5)
    assert stand(ceesar).word is Word.PASS


def test_another_definition_proves_nothing_and_says_so(ceesar):
    put(ceesar, "proven", 1)
    found = stand(ceesar, definition="f" * 64)
    assert (found.word, "was changed since" in found.reason) == (Word.HOLD, True)


def test_a_failure_counts_whatever_definition_it_was_taken_with(ceesar):
    put(ceesar, "failed", 1)
    assert stand(ceesar, definition="f" * 64).word is Word.FAIL


def test_an_environment_that_is_down_fails_every_claim(ceesar):
    put(ceesar, "proven", 2)
    down = {"word": "FAIL", "reason": "nothing listens", "kind": "gone"}
    content = ceesar.statement("gamma", unverified=(CLAIM,), version=None, artifact=None, troubles=(down,))
    content["predicate"]["urn:x-proveout:run:v1"]["verdict"]["word"] = "FAIL"
    ceesar.put(content)
    assert (stand(ceesar).word, stand(ceesar).reason) == (Word.FAIL, "nothing listens")


def test_results_of_two_deployments_neither_prove_nor_revoke(ceesar):
    put(ceesar, "proven", 2)
    mixed = {"word": "HOLD", "reason": "it was 1.4.2, it is 1.4.3", "kind": "redeployed"}
    ceesar.run("gamma", ("CC-HL-METHOD",), failed=(CLAIM,), troubles=(mixed,))
    assert stand(ceesar).word is Word.PASS


def test_checks_that_are_of_no_commit_prove_nothing_where_the_gate_asks_for_one(ceesar):
    ceesar.run("gamma", (CLAIM,), suite={"commit": "e5" * 20, "changed": True})
    assert stand(ceesar).word is Word.PASS
    assert stand(ceesar, committed=True).word is Word.HOLD
