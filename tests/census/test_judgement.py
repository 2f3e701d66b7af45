"""The verdict on an environment, whatever came of its checks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.model.claim import Claim
from proveout.model.verdict import ExitCode, Word
from proveout.plugin.aside import Aside
from proveout.plugin.census import Census, Outcome, Trouble
from proveout.plugin.check import Check
from proveout.plugin.collected import Collected

HERE, ELSEWHERE = "ceesar/gamma", "ceesar/prod"
IDS = ("CC-A", "CC-B", "CC-C", "CC-D")
ENDINGS = ("passed", "failed", "skipped", "xfailed", "error", "lost")


def claim(claim_id):
    return Claim(
        id=claim_id,
        says="x",
        section="x",
        environments=("gamma",),
        kind="check",
        tier="smoke",
        proof="live",
        scope="each",
        verified_by="x",
    )


def check(node, *claims, environments=(HERE,), serves=(), needs=()):
    return Check(
        node=f"suites/x.py::{node}",
        environments=environments,
        claims=claims,
        serves=serves,
        effect="reads",
        needs=needs,
        marks=("smoke",),
    )


checks = st.lists(
    st.builds(
        lambda claims, environments, serves: (claims, environments, serves),
        st.lists(st.sampled_from(IDS), unique=True, max_size=3),
        st.lists(st.sampled_from([HERE, ELSEWHERE]), unique=True, min_size=1),
        st.booleans(),
    ),
    max_size=6,
).map(
    lambda rows: [
        check(f"test_{n}", *claims, environments=tuple(environments), serves=("CC-RULE",) if serves else ())
        for n, (claims, environments, serves) in enumerate(rows)
    ]
)
reasons = st.sampled_from(
    ["redeployed during the run: it was 1, it is 2", "it does not answer", "it did not say who it is"]
)
troubles = st.lists(
    st.builds(Trouble, st.sampled_from([Word.FAIL, Word.HOLD]), reasons, st.sampled_from(["", "not-started"]))
    | st.builds(Trouble, st.just(Word.HOLD), reasons, st.sampled_from(["refused", "redeployed"])),
    max_size=2,
)


@st.composite
def runs(draw, endings=ENDINGS, troubles=troubles):
    """A run that is over: its census, the claims in question, the troubles, and what was required."""
    found = draw(checks)
    cut = draw(st.integers(0, len(found)))
    selected, aside = (
        found[:cut],
        [Aside(c, draw(st.sampled_from(["logs", "twin"])), "why not") for c in found[cut:]],
    )
    marks = {i: ["smoke"] for c in found for i in c.claims}
    ended = [(c.node, draw(st.sampled_from(endings))) for c in selected]
    outcomes = {node: Outcome(ending, "message", 0.1) for node, ending in ended if ending != "lost"}
    claims = [claim(i) for i in draw(st.lists(st.sampled_from(IDS), unique=True))]
    require = draw(st.frozensets(st.sampled_from(["logs", "machine"])))
    return Census(Collected(selected, aside, marks, len(found)), outcomes), claims, draw(troubles), require


def judged(run):
    census, claims, found, require = run
    return census.judge(HERE, claims, troubles=found, require=require)


def endings(census):
    return [
        census.outcomes.get(c.node, Outcome()).ending
        for c in census.collected.selected
        if HERE in c.environments
    ]


def redeployed(found):
    return any(t.kind == "redeployed" for t in found)


def lacking(census, require):
    return require & {a.kind for a in census.collected.aside if HERE in a.check.environments}


@given(runs())
def test_every_claim_in_question_is_proven_failed_or_unverified(run):
    result = judged(run)
    sorted_out = [*result.proven, *result.failed, *result.unverified]
    assert sorted(sorted_out) == sorted(c.id for c in run[1])
    assert (result.verdict.proven, result.verdict.claims) == (len(result.proven), len(run[1]))
    assert all(result.unverified.values())


@given(runs())
def test_nothing_passes_unless_all_that_was_selected_passed(run):
    census, _, found, require = run
    result = judged(run)
    if result.verdict.word is Word.PASS:
        assert result.executed >= 1
        assert set(endings(census)) == {"passed"}
        assert found == []
        assert not lacking(census, require)
        assert not result.verdict.reasons


@given(runs(endings=("passed",), troubles=st.just([])))
def test_what_passed_without_trouble_and_proves_something_passes(run):
    census, _, _, require = run
    result = judged(run)
    passes = result.proven and not lacking(census, require)
    assert result.verdict.word is (Word.PASS if passes else Word.HOLD)


@given(runs())
def test_it_fails_if_and_only_if_something_failed(run):
    census, _, found, _ = run
    failed = "failed" in endings(census) or any(t.word is Word.FAIL for t in found)
    assert (judged(run).verdict.word is Word.FAIL) == (failed and not redeployed(found))


@given(runs())
def test_whatever_does_not_pass_says_why(run):
    verdict = judged(run).verdict
    assert (verdict.word is Word.PASS) == (not verdict.reasons)


@given(runs())
def test_a_claim_is_proven_only_by_all_its_checks(run):
    census = run[0]
    result = judged(run)
    here = [c for c in census.collected.selected if HERE in c.environments]
    aside = {i for a in census.collected.aside if HERE in a.check.environments for i in a.check.claims}
    for asked in run[1]:
        came = [census.outcomes.get(c.node, Outcome()).ending for c in here if asked.id in c.claims]
        assert (asked.id in result.failed) == ("failed" in came)
        assert (asked.id in result.proven) == (
            bool(came) and set(came) == {"passed"} and asked.id not in aside
        )


@given(runs())
def test_other_environments_do_not_matter(run):
    census, claims, found, require = run
    collected = census.collected
    alone = Census(
        Collected(
            [c for c in collected.selected if HERE in c.environments],
            [a for a in collected.aside if HERE in a.check.environments],
            collected.marks,
        ),
        census.outcomes,
    )
    assert judged((alone, claims, found, require)) == judged(run)


@given(runs())
def test_a_refusal_outweighs_everything(run):
    refused = any(t.refused for t in run[2])
    assert (judged(run).verdict.exit_code == ExitCode.REFUSED) == refused


def census_of(*pairs, aside=()):
    selected = [c for c, _ in pairs]
    marks = {i: ["smoke"] for c in [*selected, *(a.check for a in aside)] for i in c.claims}
    return Census(
        Collected(selected, list(aside), marks),
        {c.node: Outcome(e, "why", 0.1) for c, e in pairs if e != "lost"},
    )


def verdict(census, *found, require=frozenset()):
    return census.judge(HERE, [claim(i) for i in IDS[:2]], troubles=list(found), require=require).verdict


@pytest.mark.parametrize("ending", ENDINGS[2:])
def test_a_check_that_did_not_end_is_named_with_its_reason(ending):
    said = verdict(census_of((check("test_a", "CC-A"), "passed"), (check("test_b", "CC-B"), ending)))
    assert said.word is Word.HOLD
    assert said.reasons[0].startswith(f"test_b: {ending}, ")


def test_a_run_without_any_check_is_on_hold():
    said = verdict(census_of())
    assert (said.word, said.reasons) == (Word.HOLD, ("no check was executed",))


def test_a_failure_of_a_check_that_serves_a_rule_counts():
    said = verdict(
        census_of((check("test_a", "CC-A"), "passed"), (check("test_r", serves=("CC-RULE",)), "failed"))
    )
    assert (said.word, said.proven, said.reasons) == (Word.FAIL, 1, ("1 failed",))


def test_two_deployments_in_one_run_prove_nothing_not_even_a_failure():
    redeploy = Trouble(Word.HOLD, "redeployed during the run: it was 1, it is 2", "redeployed")
    said = verdict(census_of((check("test_a", "CC-A"), "failed")), redeploy)
    assert (said.word, said.reasons) == (Word.HOLD, ("1 failed", redeploy.reason))


def test_access_that_was_required_and_is_missing_holds_and_names_the_claims():
    aside = [
        Aside(check("test_b", "CC-B", needs=("logs",)), "logs", "no log"),
        Aside(check("test_c", "CC-C"), "twin", "x"),
    ]
    census = census_of((check("test_a", "CC-A"), "passed"), aside=aside)
    assert verdict(census).word is Word.PASS
    said = verdict(census, require=frozenset({"logs", "machine"}))
    assert (said.word, said.reasons) == (Word.HOLD, ("--env-require logs: missing for CC-B",))


def test_why_a_claim_is_unverified_is_told():
    census = census_of(
        (check("test_a", "CC-A"), "skipped"), aside=[Aside(check("test_b", "CC-B"), "logs", "no log")]
    )
    census.collected.marks["CC-C"] = ["load"]
    result = census.judge(HERE, [claim(i) for i in IDS], troubles=[])
    assert result.unverified == {
        "CC-A": "skipped: why",
        "CC-B": "no log",
        "CC-C": "not selected",
        "CC-D": "no check in this suite yet",
    }
