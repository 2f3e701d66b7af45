"""The text of a decision says what is open, why, on which records it rests, and what to do."""

from dataclasses import replace
from datetime import timedelta

from proveout.gates.explain import WIDTH, colour, commands, explained, runs_of
from proveout.gates.line import Line
from proveout.gates.release import Release
from proveout.model.verdict import Word


def text(decision, **options):
    return "\n".join(explained(decision, **options))


def test_a_pass_is_short(ceesar):
    ceesar.ready("dev-gamma")
    decision = ceesar.decide("dev-gamma")
    assert explained(replace(decision, by="ann"), ceesar.folder / "x.json")[:3] == [
        "ceesar/dev-gamma   version 1.4.2 (sha256:a1a1a1a1a1a1)",
        "decided 2026-11-22 12:00 UTC by ann",
        f"PASS {decision.verdict.proven}/{decision.verdict.claims}",
    ]
    assert "next:" not in text(decision)
    assert "4 of 4 lines pass; --explain shows all" in text(decision)


def test_an_empty_store_names_each_open_line_with_its_reason_and_command(gaia):
    said = text(gaia.decide("dev-staging"))
    assert "HOLD  All smoke tests pass in dev" in said
    assert "no evidence (live) of the last 3 d" in said
    assert "next: pytest --env=gaia/dev -m smoke" in said
    assert "The records are whole" not in said
    assert "all runs at once (never a soak): pytest --gate=gaia/dev-staging" in said


def test_each_command_stands_once_in_the_list_of_what_to_do(gaia):
    decision = gaia.decide("staging-prod")
    todo = commands(decision)
    assert len(todo) == len(set(todo)) > 5
    said = text(decision).partition("to do next:")[2].splitlines()
    assert [line[6:] for line in said if line[:4].strip().isdigit()] == todo


def test_after_its_own_runs_it_does_not_say_to_run_them_again(gaia):
    assert "all runs at once" not in text(gaia.decide("dev-staging"), ran=True)


def test_explained_every_line_has_its_evidence_with_age_version_and_run(gaia):
    gaia.ready("staging-prod")
    decision = gaia.decide("staging-prod")
    said = text(decision, every=True, runs=runs_of(gaia.store, decision))
    for line in decision.lines:
        assert line.says in said.replace("\n", " ")
        for entry in line.used:
            assert entry.id in said
    newest = max(entry.number for entry in decision.used if entry.kind == "run")
    assert runs_of(gaia.store, decision)[newest] in said
    assert " 3 h old " in said
    assert "gaia/staging  live  PASS" in said.replace("\n          ", "  ")
    assert "decides: GAIA-WF-STAGING" in said


def test_a_failure_is_told_with_its_claim_and_what_it_says(gaia):
    gaia.ready("dev-staging")
    gaia.run("dev", failed=("GAIA-HEALTH-DEV",), ended=gaia.ago(hours=1))
    said = text(gaia.decide("dev-staging"))
    assert said.splitlines()[2].startswith("FAIL ")
    assert "FAIL  All smoke tests pass in dev" in said
    assert "GAIA-HEALTH-DEV:" in said
    assert "it is not so" in said


def test_a_rehearsal_says_that_it_promotes_nothing_and_what_it_left_out(gaia):
    decision = gaia.decide("staging-prod", rehearsal=True)
    said = text(decision, every=True)
    assert said.splitlines()[0].endswith("rehearsal on copies")
    assert "(rehearsal: promotes nothing" in said
    assert "left out  All three environments are health-checked" in said
    assert "only live environments are monitored" in said
    assert "left out" not in text(decision)


def test_a_stranger_writes_nothing_on_the_terminal(gaia):
    evil = "1.0\x1b[2J\x07\u202e"
    line = Line("It is so", "tier", Word.HOLD, (f"it said {evil}\nand more",), (f"run {evil}",))
    decision = replace(gaia.decide("dev-staging"), lines=(line,), release=Release(evil, None), by=evil)
    said = text(decision, every=True)
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\u202e" not in said
    assert "\\x1b[2J" in said
    assert "and more" in said


def test_no_line_but_a_command_is_wider_than_a_terminal(gaia):
    gaia.ready("staging-prod")
    gaia.now += timedelta(days=30)
    for every in (False, True):
        for line in explained(gaia.decide("staging-prod"), every=every):
            assert len(line) <= WIDTH or "next: " in line or line.lstrip()[:1].isdigit(), line


def test_a_reason_without_end_is_cut(gaia):
    line = Line("It is so", "tier", Word.HOLD, ("x " * 5000 + "\n" + "y\n" * 500,), ("z" * 9000,))
    said = text(replace(gaia.decide("dev-staging"), lines=(line,)), every=True)
    assert len(said) < 4000


def test_a_waived_failure_is_named(gaia):
    line = Line("It is so", "tier", Word.PASS, proven=1, waived=("GAIA-X (until noon, ann, #5)",))
    said = text(replace(gaia.decide("dev-staging"), lines=(line,)), every=True)
    assert said.splitlines()[2] == "PASS 1/1   (waived: GAIA-X (until noon, ann, #5))"
    assert "        waived: GAIA-X (until noon, ann, #5)" in said


def test_only_the_word_of_the_verdict_and_of_lines_has_a_colour():
    assert colour("PASS 3/3") == "green"
    assert colour("  FAIL  All smoke tests pass") == "red"
    assert colour("HOLD 0/3   (x)") == "yellow"
    assert colour("        PASS says a stranger") is None
    assert colour("PASSED is no word") is None


def test_a_record_that_is_gone_does_not_keep_it_from_explaining(gaia):
    gaia.ready("dev-staging")
    decision = gaia.decide("dev-staging")
    (gaia.store.folder / decision.used[0].name).unlink()
    assert decision.used[0].number not in runs_of(gaia.store, decision)
    assert decision.used[0].id in text(decision, every=True, runs=runs_of(gaia.store, decision))
