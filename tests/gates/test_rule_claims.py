"""Each claim of kind rule is decided by a gate, and one thing that breaks it keeps the gate shut."""

from datetime import timedelta

import pytest

from machinery.gatekeeping import CHECKOUT, NEW, OTHER, Gatekeeping
from proveout.catalogue.catalogue import load
from proveout.evidence.instant import written
from proveout.gates.events import happened
from proveout.model.verdict import Word

BROKEN = {}


def breaks(edge, *claims):
    """Register a function that breaks claims of kind rule in the records of an edge."""

    def register(harm):
        for claim in claims:
            BROKEN[f"{claim}-{harm.__name__}"] = (claim, edge, harm)
        return harm

    return register


def dropping(keeping, unwanted):
    """Leave out the runs that `unwanted` says."""
    keeping.alter = lambda name, run: None if unwanted(name, run) else run


def without(keeping, environment, claims):
    """Leave claims of an environment unverified, wherever they would be proven."""
    dropped = set(claims)

    def alter(name, run):
        if name != environment:
            return run
        proven = tuple(c for c in run["proven"] if c not in dropped)
        return run | {"proven": proven, "unverified": tuple(c for c in run["proven"] if c in dropped)}

    keeping.alter = alter


def red(keeping, environment, claim):
    """Let a claim of an environment fail, wherever it would be proven."""

    def alter(name, run):
        if name != environment or claim not in run["proven"]:
            return run
        return run | {"proven": tuple(c for c in run["proven"] if c != claim), "failed": (claim,)}

    keeping.alter = alter


def told(keeping, **changes):
    """Change what all runs say beside their claims."""
    keeping.alter = lambda _name, run: run | changes


def edit(keeping, name, old, new):
    file = keeping.directory / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    keeping.reload()


@breaks("gaia/staging-prod", "GAIA-DEV-STABILITY")
def wired_to_dev(keeping):
    rule = (
        '[[staging-prod.rule]]\nsays = "dev is well"\nneeds = "tier"\ntier = "smoke"\nenvironment = "dev"\n'
    )
    gates = keeping.directory / "gates.toml"
    gates.write_text(f"{gates.read_text()}\n{rule}")
    keeping.reload()


@breaks("gaia/staging-prod", "GAIA-STG-TEST-FULL")
def two_halves_of_the_suite(keeping):
    run, regression = keeping.run, keeping.claims("staging", "regression")
    half = regression[: len(regression) // 2]

    def halves(name, proven=(), **changes):
        if not set(regression) <= set(proven):
            return run(name, proven, **changes)
        run(name, half, **changes)
        return run(name, tuple(c for c in proven if c not in half), **changes)

    keeping.run = halves


@breaks("gaia/staging-prod", "GAIA-STG-PR-ONLY")
def a_hot_patch(keeping):
    told(keeping, origin={"commit": "f" * 40, "merge": False, "line": "staging"})


@breaks("gaia/staging-prod", "GAIA-STG-PR-ONLY")
def an_unknown_commit(keeping):
    told(keeping, origin={"unknown": "no --env-source"})


@breaks("gaia/staging-prod", "GAIA-STG-INTEGRATION", "GAIA-PROMO-STG-SUITES")
def no_integration_suite(keeping):
    without(keeping, "staging", keeping.claims("staging", "integration"))


@breaks("gaia/staging-prod", "GAIA-STG-LOADTEST")
def load_without_figures(keeping):
    statement = keeping.statement

    def bare(*words, **changes):
        content = statement(*words, **changes)
        for attempt in content["predicate"]["urn:x-proveout:run:v1"]["attempts"]:
            attempt["figures"] = {}
        return content

    keeping.statement = bare


@breaks("gaia/staging-prod", "GAIA-STG-LOADTEST", "GAIA-PROMO-STG-SUITES")
def collapse_under_load(keeping):
    red(keeping, "staging", "GAIA-HEALTH-LATENCY")


@breaks("gaia/dev-staging", "GAIA-WF-DEV", "GAIA-PROMO-TESTS-PR")
def a_red_test_in_dev(keeping):
    red(keeping, "dev", keeping.claims("dev", "regression")[3])


@breaks("gaia/dev-staging", "GAIA-PROMO-TESTS-PR")
def no_run_in_dev(keeping):
    dropping(keeping, lambda name, _: name == "dev")


@breaks("gaia/staging-prod", "GAIA-PROMO-TESTS-PR", "GAIA-PROMO-ORDER", "GAIA-BP-DEV-FIRST")
def a_version_that_dev_never_saw(keeping):
    keeping.alter = lambda name, run: run | {"artifact": OTHER} if name == "dev" else run


@breaks("gaia/staging-prod", "GAIA-WF-STAGING")
def a_red_tier_in_staging(keeping):
    red(keeping, "staging", keeping.claims("staging", "smoke")[2])


@breaks("gaia/staging-prod", "GAIA-PROMO-STG-SUITES")
def no_load_suite(keeping):
    without(keeping, "staging", keeping.claims("staging", "load"))


@breaks("gaia/staging-prod", "GAIA-PROMO-PROD-AUTO", "GAIA-BP-AUTOMATED")
def prod_was_deployed_by_hand(keeping):
    keeping.alter = lambda name, run: run | {"artifact": OTHER} if name == "prod" else run


@breaks("gaia/dev-staging", "GAIA-BP-AUTOMATED")
def staging_was_deployed_by_hand(keeping):
    keeping.alter = lambda name, run: run | {"artifact": OTHER} if name == "staging" else run


@breaks("gaia/dev-staging", "GAIA-BP-AUTOMATED")
def nobody_looked_at_staging(keeping):
    dropping(keeping, lambda name, _: name == "staging")


def never_deployed(keeping):
    """Let a decision pass and prod be seen with the version before it two days later."""
    keeping.ready("staging-prod")
    assert keeping.decide_on_record("staging-prod").word is Word.PASS
    keeping.now += timedelta(days=2)
    for name, artifact in (("dev", NEW), ("staging", NEW), ("prod", "b2" * 32)):
        keeping.run(name, keeping.claims(name, "smoke"), ended=keeping.ago(hours=1), artifact=artifact)


@breaks("gaia/staging-prod", "GAIA-DR-PROD-VERIFY")
def a_recovery_and_no_smoke_after_it(keeping):
    prod = keeping.catalogue.environments["gaia/prod"]
    ledger = keeping.ledger(keeping.ago(hours=1))
    keeping.late = lambda: happened(prod, "recovery", ledger, by="Ann", reason="restored the database")


@breaks("gaia/staging-prod", "GAIA-DR-PROD-VERIFY")
def a_subsystem_broken_after_a_recovery(keeping):
    a_recovery_and_no_smoke_after_it(keeping)
    recover = keeping.late

    def late():
        recover()
        smoke = keeping.claims("prod", "smoke")
        keeping.run("prod", smoke[1:], failed=smoke[:1], artifact="b2" * 32)

    keeping.late = late


@breaks("gaia/staging-prod", "GAIA-BP-STG-24H")
def an_hour_too_short(keeping):
    def alter(_name, run):
        if "soak" not in run:
            return run
        return run | {"soak": run["soak"] | {"begun": written(keeping.ago(days=1, hours=23))}}

    keeping.alter = alter


@breaks("gaia/staging-prod", "GAIA-BP-STG-24H")
def no_soak(keeping):
    dropping(keeping, lambda _, run: "soak" in run)


@breaks("gaia/staging-prod", "GAIA-BP-MONITOR-ALL")
def dev_is_not_monitored(keeping):
    recent = keeping.ago(hours=24)
    dropping(keeping, lambda name, run: name == "dev" and run["ended"] > recent)


@breaks("gaia/staging-prod", "GAIA-ST-ISOLATION")
def a_row_of_isolation_is_red(keeping):
    red(keeping, "staging", "GAIA-ISO-LOG")


@breaks("ceesar/gamma-prod", "CC-ENV-ORDER")
def straight_to_gamma(keeping):
    dropping(keeping, lambda name, _: name == "dev")


@breaks("ceesar/gamma-prod", "CC-TEST-SMOKE")
def smoke_all_skipped(keeping):
    without(keeping, "gamma", keeping.claims("gamma", "smoke"))


@breaks("ceesar/gamma-prod", "CC-CHK-SMOKE")
def smoke_is_red(keeping):
    red(keeping, "gamma", "CC-HL-STATUS")


@breaks("ceesar/gamma-prod", "CC-TEST-INTEGRATION")
def integration_is_missing(keeping):
    without(keeping, "gamma", keeping.claims("gamma", "integration"))


@breaks("ceesar/gamma-prod", "CC-CHK-INTEGRATION")
def integration_is_red(keeping):
    red(keeping, "gamma", keeping.claims("gamma", "integration")[0])


@breaks("ceesar/gamma-prod", "CC-TEST-PERF")
def load_is_missing(keeping):
    without(keeping, "gamma", keeping.claims("gamma", "load"))


@breaks("ceesar/gamma-prod", "CC-CHK-PERF", "CC-TEST-PERF")
def visits_take_too_long(keeping):
    """The check of a user's visit verifies no claim; it works for the rule, and it failed."""
    statement = keeping.statement

    def slow(*words, **changes):
        content = statement(*words, **changes)
        for attempt in content["predicate"]["urn:x-proveout:run:v1"]["attempts"]:
            if attempt["claims"] == ["CC-TEST-PERF"]:
                attempt["ending"] = "failed"
                own = content["predicate"]["urn:x-proveout:run:v1"]
                own["verdict"] |= {"word": "FAIL", "reasons": ["1 failed"]}
                content["predicate"]["result"] = "FAILED"
        return content

    keeping.statement = slow


@breaks("ceesar/gamma-prod", "CC-TEST-UI")
def no_browser(keeping):
    without(keeping, "gamma", ["CC-UI-OPEN"])


@breaks("ceesar/gamma-prod", "CC-CHK-LOGS")
def a_critical_error(keeping):
    log = {"from": written(keeping.ago(days=9)), "to": written(keeping.now), "live": True, "how": "seen"}
    told(keeping, log=log | {"critical": 1, "examples": ["ERROR the disk is full"]})


@breaks("ceesar/gamma-prod", "CC-CHK-LOGS")
def a_silent_log(keeping):
    log = {"from": written(keeping.ago(days=9)), "to": written(keeping.now), "live": False, "how": "silent"}
    told(keeping, log=log | {"critical": 0})


@breaks("ceesar/gamma-prod", "CC-CHK-LOGS")
def no_access_to_the_log(keeping):
    told(keeping, log={"unknown": "no machine access"})


@breaks("ceesar/gamma-prod", "CC-CHK-APPROVAL")
def nobody_approved(keeping):
    keeping.approve = lambda *_words, **_changes: None


@breaks("ceesar/gamma-prod", "CC-CHK-RBPLAN", "CC-RB-DOCUMENTED")
def no_rollback_plan(keeping):
    (keeping.directory / "rollback.md").unlink()


@breaks("ceesar/gamma-prod", "CC-CHK-RBPLAN")
def a_rollback_plan_without_steps(keeping):
    plan = keeping.directory / "rollback.md"
    text = plan.read_text()
    begin, end = text.index("## Steps"), text.index("## How to see")
    plan.write_text(f"{text[:begin]}## Steps\n\n<!-- to be written -->\n\n{text[end:]}")


@pytest.mark.parametrize(
    "edge", ["gaia/dev-staging", "gaia/staging-prod", "ceesar/dev-gamma", "ceesar/gamma-prod"]
)
def test_with_everything_on_record_the_gate_opens(tmp_path, edge):
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path, system)
    keeping.ready(name)
    decision = keeping.decide(name)
    assert [line for line in decision.lines if line.word is not Word.PASS] == []
    assert decision.word is Word.PASS
    assert decision.verdict.proven == decision.verdict.claims > 30


@pytest.mark.parametrize("case", BROKEN)
def test_one_broken_thing_keeps_the_gate_shut_and_is_named(tmp_path, case):
    claim, edge, harm = BROKEN[case]
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path, system)
    keeping.late = lambda: None
    harm(keeping)
    keeping.ready(name)
    keeping.late()
    decision = keeping.decide(name)
    lines = [line for line in decision.lines if claim in line.decides]
    assert decision.word is not Word.PASS
    assert any(line.word is not Word.PASS and line.reasons and line.next for line in lines), lines


def test_a_decision_that_was_never_followed_is_a_failure(gaia):
    never_deployed(gaia)
    decision = gaia.decide("staging-prod")
    line = next(line for line in decision.lines if line.needs == "deployed")
    assert line.word is Word.FAIL
    assert "GAIA-PROMO-PROD-AUTO" in line.decides
    assert "was let through" in line.reasons[0]


def test_every_claim_of_kind_rule_has_a_broken_case():
    systems = load(CHECKOUT / "environments").systems.values()
    rules = {claim.id for system in systems for claim in system.claims if claim.kind == "rule"}
    assert len(rules) == 29
    assert {claim for claim, _, _ in BROKEN.values()} == rules
