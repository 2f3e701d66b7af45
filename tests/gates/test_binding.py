"""Evidence is for what it was taken of: a version, an environment, a system, what is live or a copy of it."""

import json
from datetime import timedelta

import pytest

from machinery.gatekeeping import EDGES, NEW, OLD, OTHER, Gatekeeping
from proveout.evidence.key import Key
from proveout.gates.summary import EXTENSION, statement
from proveout.model.verdict import Word


def seen(keeping, **changes):
    """Let the newest run find something where the gate begins."""
    keeping.run(keeping.begin, keeping.claims(keeping.begin, "smoke"), **changes)


def words(decision):
    return {line.needs: line.word for line in decision.lines}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize(
    "found",
    [
        {"artifact": OTHER},
        {"artifact": OTHER, "version": "9.9.9"},
        {"artifact": None, "version": "9.9.9"},
    ],
    ids=["artifact", "both", "version"],
)
def test_evidence_of_one_version_never_promotes_another(open_gate, edge, found):
    keeping = open_gate(edge)
    seen(keeping, **found)
    decision = keeping.decide(keeping.edge)
    assert decision.word is Word.HOLD
    assert decision.release.version == found.get("version", decision.release.version)
    held = {line.needs for line in decision.lines if line.word is Word.HOLD}
    asked = {line.needs for line in decision.lines} & {"tier", "soak", "promoted", "approval", "merged"}
    assert held >= asked - {"merged"}, "a rule took evidence of the other version"


@pytest.mark.parametrize("edge", EDGES)
def test_it_does_not_help_to_say_which_version_is_meant(open_gate, edge):
    keeping = open_gate(edge)
    seen(keeping, artifact=OTHER, version="9.9.9")
    for wanted in (NEW, f"sha256:{NEW}", "9.9.9", OTHER):
        assert keeping.decide(keeping.edge, wanted=wanted).word is Word.HOLD


@pytest.mark.parametrize("edge", EDGES)
def test_each_record_of_another_version_is_one_that_is_missing(tmp_path, edge):
    """One run at a time is of another artifact; whatever rests on it has nothing."""
    system, _, name = edge.partition("/")
    whole = Gatekeeping(tmp_path / "whole", system)
    whole.ready(name)
    used = whole.decide(name).used
    runs = list(whole.store.snapshot().newest_first("run"))[::-1]
    begin = whole.catalogue.gate(edge).begin
    concerned = [
        number
        for number, entry in enumerate(runs)
        if entry in used and entry.facts["environment"] == f"{system}/{begin}"
    ]
    assert concerned
    for which in concerned:
        changed = Gatekeeping(tmp_path / f"{which}", system)
        count = iter(range(len(runs)))

        def alter(_name, run, count=count, which=which):
            return run | {"artifact": OTHER, "version": "9.9.9"} if next(count) == which else run

        changed.alter = alter
        if name == "gamma-prod":
            changed.approve = lambda *_words, **_options: None
        changed.ready(name)
        assert changed.decide(name).word is not Word.PASS, runs[which]


@pytest.mark.parametrize("edge", EDGES)
def test_a_label_that_moves_is_no_version(tmp_path, edge):
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path / system, system)
    keeping.approve = lambda *_words, **_options: None
    keeping.alter = lambda _name, run: run | {"artifact": None, "version": "staging-latest"}
    keeping.ready(name)
    decision = keeping.decide(name)
    assert decision.word is Word.HOLD
    release = next(line for line in decision.lines if line.needs == "release")
    assert "a label that moves" in release.reasons[0]
    assert "--env-artifact" in release.next[0]


@pytest.mark.parametrize(
    ("edge", "told"),
    [("ceesar/gamma-prod", "prod"), ("gaia/dev-staging", "staging"), ("gaia/staging-prod", "dev")],
)
def test_evidence_of_one_environment_never_serves_another(tmp_path, edge, told):
    """Every run of where the gate begins is one of another environment instead."""
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path / system, system)
    begin, run = name.partition("-")[0], Gatekeeping.run

    def elsewhere(environment, proven=(), **changes):
        place = told if environment == begin else environment
        return run(keeping, place, proven, **changes)

    keeping.run = elsewhere
    keeping.approve = lambda *_words, **_options: None
    keeping.ready(name)
    decision = keeping.decide(name)
    assert decision.word is not Word.PASS
    assert words(decision)["tier"] is Word.HOLD
    assert words(decision)["release"] is Word.HOLD


def test_evidence_of_another_system_never_counts(tmp_path):
    """Two systems share a store: what one has proven of its dev says nothing of the other's."""
    gaia, ceesar = Gatekeeping(tmp_path / "gaia", "gaia"), Gatekeeping(tmp_path / "ceesar", "ceesar")
    gaia.store = ceesar.store
    gaia.ready("dev-staging")
    assert gaia.decide("dev-staging").word is Word.PASS
    decision = ceesar.decide("dev-gamma")
    assert decision.word is Word.HOLD
    assert decision.used == ()
    forged = gaia.statement("dev", ceesar.claims("dev", "smoke", "regression"))
    gaia.put(forged)
    assert ceesar.decide("dev-gamma").word is Word.HOLD


def test_a_run_that_only_calls_itself_by_another_name_is_not_believed(tmp_path):
    """The environment in the index is what the body says, or the record is none."""
    keeping = Gatekeeping(tmp_path, "ceesar")
    content = keeping.statement("gamma", keeping.claims("dev", "smoke", "regression"))
    facts = {"environment": "ceesar/dev", "provenance": "live", "version": "1.4.2", "artifact": NEW}
    keeping.store.add("run", json.dumps(content).encode(), facts, now=keeping.now)
    decision = keeping.decide("dev-gamma")
    assert decision.word is Word.HOLD
    assert "is not what the index says of it" in decision.lines[0].reasons[0]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("provenance", ["reference", "twin"])
def test_evidence_of_copies_alone_never_promotes(tmp_path, edge, provenance):
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path / system, system)
    keeping.approve = lambda *_words, **_options: None
    keeping.alter = lambda _name, run: run | {"provenance": provenance}
    keeping.ready(name)
    decision = keeping.decide(name)
    assert decision.word is Word.HOLD
    assert words(decision)["tier"] is Word.HOLD


@pytest.mark.parametrize("edge", EDGES)
def test_a_reference_is_no_twin(tmp_path, edge):
    """What only a copy can prove is proven by a copy of the live artifact, not by the reference server."""
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path / system, system)
    keeping.approve = lambda *_words, **_options: None

    def alter(_name, run):
        return run | {"provenance": "reference"} if run.get("provenance") == "twin" else run

    keeping.alter = alter
    keeping.ready(name)
    assert keeping.decide(name).word is Word.HOLD


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("digest", [OTHER, None], ids=["another", "unknown"])
def test_a_copy_of_another_artifact_never_counts(tmp_path, edge, digest):
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path / system, system)
    keeping.approve = lambda *_words, **_options: None

    def alter(_name, run):
        return run | {"artifact": digest} if run.get("provenance") == "twin" else run

    keeping.alter = alter
    keeping.ready(name)
    decision = keeping.decide(name)
    assert decision.word is Word.HOLD
    assert words(decision)["release"] is Word.PASS


@pytest.mark.parametrize("edge", ["ceesar/dev-gamma", "ceesar/gamma-prod"])
def test_where_the_digest_of_what_is_live_is_unknown_no_copy_counts(tmp_path, edge):
    """The same version says that the sources are the same, not that what was built of them is."""
    system, _, name = edge.partition("/")
    keeping = Gatekeeping(tmp_path / system, system)
    keeping.approve = lambda *_words, **_options: None

    def alter(_name, run):
        return run if run.get("provenance") == "twin" else run | {"artifact": None}

    keeping.alter = alter
    keeping.ready(name)
    decision = keeping.decide(name)
    assert words(decision)["release"] is Word.PASS, "1.4.2 is a version that does not move"
    assert decision.word is Word.HOLD
    assert any("digest" in reason for line in decision.lines for reason in line.reasons)


@pytest.mark.parametrize("key", [None, Key.new()], ids=["unsigned", "signed"])
def test_the_decision_of_a_rehearsal_never_counts_for_a_real_one(tmp_path, key):
    """The gate before was only rehearsed, with all that it asks for."""
    keeping = Gatekeeping(tmp_path, "ceesar", key=key)
    record = keeping.decide_on_record
    keeping.decide_on_record = lambda edge, **options: record(edge, rehearsal=True, **options)
    run = Gatekeeping.run

    def both(environment, proven=(), **changes):
        if keeping.store.snapshot().head < 2:
            run(keeping, environment, proven, **(changes | {"provenance": "reference"}))
        return run(keeping, environment, proven, **changes)

    keeping.run = both
    keeping.ready("gamma-prod")
    [rehearsed] = keeping.store.snapshot().newest_first("decision")
    assert (rehearsed.facts["rehearsal"], rehearsed.facts["gate"]) == (True, "ceesar/dev-gamma")
    assert rehearsed.facts["word"] == "PASS"
    decision = keeping.decide("gamma-prod")
    assert (decision.word, words(decision)["promoted"]) == (Word.HOLD, Word.HOLD)
    assert {n for n, w in words(decision).items() if w is not Word.PASS} == {"promoted"}


def test_the_summary_of_a_rehearsal_says_failed_whatever_its_word(tmp_path):
    keeping = Gatekeeping(tmp_path, "ceesar")
    keeping.alter = lambda _name, run: run | {"provenance": "reference"}
    keeping.ready("dev-gamma")
    rehearsed = keeping.decide("dev-gamma", rehearsal=True)
    assert rehearsed.word is Word.PASS
    predicate = statement(rehearsed)["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", ["FAILED"])
    assert predicate[EXTENSION]["rehearsal"] is True
    assert keeping.decide("dev-gamma").word is Word.HOLD


def test_the_old_version_cannot_be_promoted_by_the_decision_on_the_new_one(open_gate):
    """What prod runs came there by a decision about something else."""
    keeping = open_gate("ceesar/gamma-prod")
    keeping.run("prod", keeping.claims("prod", "smoke"), artifact=OTHER, version="1.0.0")
    decision = keeping.decide("gamma-prod")
    assert (decision.word, words(decision)["record"]) == (Word.FAIL, Word.FAIL)
    keeping.run(
        "prod", keeping.claims("prod", "smoke"), artifact=OLD, ended=keeping.now + timedelta(minutes=1)
    )
    assert keeping.decide("gamma-prod").word is Word.PASS


@pytest.mark.parametrize("edge", EDGES)
def test_what_is_promoted_is_not_said_by_somebody_nobody_trusts(open_gate, edge):
    """All that is signed is about the one version; a run without a signature says that it runs (again)."""
    keeping = open_gate(edge, key=Key.new())
    seen(keeping, artifact=OTHER, version="9.9.9")
    assert keeping.decide(keeping.edge).word is Word.HOLD
    keeping.key = None
    seen(keeping, ended=keeping.now + timedelta(minutes=1))
    decision = keeping.decide(keeping.edge)
    assert (decision.word, words(decision)["release"]) == (Word.HOLD, Word.HOLD)
    release = next(line for line in decision.lines if line.needs == "release")
    assert "nobody who is trusted signed the newest run" in release.reasons[0]
