"""A binary that changed: behind somebody's back it is a failure, as a recorded deployment it is none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from proveout.catalogue.catalogue import load
from proveout.evidence.store import Store
from proveout.load.line import Sample
from proveout.model.verdict import Word
from proveout.plugin.deployments import deployed, excused
from proveout.soak.budget import Budget
from proveout.soak.judgement import Judged

STAGING = load(Path(__file__).parents[2] / "environments").environments["gaia/staging"]
OLD, NEW = "a" * 64, "b" * 64
SAMPLES = [Sample(number=n, segment=1, at=n, binary=binary) for n, binary in enumerate([OLD, OLD, NEW])]
OTHERS = Budget("errors", Word.PASS, "none")
CHANGED = Judged(
    Word.FAIL, (OTHERS, Budget("binary", Word.FAIL, "it changed", claim=True)), rehearsal=False, duration=60.0
)


@pytest.fixture
def recorded(tmp_path):
    """A function that puts a promotion on record and returns what is known of deployments to staging."""

    def recorded(gate, artifact):
        now = datetime(2026, 11, 22, tzinfo=UTC)
        Store(tmp_path / "store").add("promotion", b"{}", {"gate": gate, "artifact": artifact}, now=now)
        return deployed(tmp_path / "store", STAGING)

    return recorded


def test_a_recorded_deployment_is_no_failure_and_no_pass(recorded):
    judged = excused(CHANGED, SAMPLES, recorded("gaia/dev-staging", NEW))
    budget = judged.by_name["binary"]
    assert (judged.word, budget.word) == (Word.HOLD, Word.HOLD)
    assert "it was deployed, as 000001-" in budget.text
    assert judged.by_name["errors"] is OTHERS


@pytest.mark.parametrize(
    ("gate", "artifact"),
    [("gaia/dev-staging", OLD), ("gaia/staging-prod", NEW), ("ceesar/dev-staging", NEW)],
)
def test_a_deployment_of_something_else_excuses_nothing(recorded, gate, artifact):
    assert excused(CHANGED, SAMPLES, recorded(gate, artifact)) is CHANGED


def test_without_a_store_nothing_is_excused(tmp_path):
    assert excused(CHANGED, SAMPLES, deployed(tmp_path / "none", STAGING)) is CHANGED


def test_what_did_not_fail_stays_as_it_is(recorded):
    kept = Judged(
        Word.PASS,
        (OTHERS, Budget("binary", Word.PASS, "unchanged", claim=True)),
        rehearsal=False,
        duration=60.0,
    )
    assert excused(kept, SAMPLES[:2], recorded("gaia/dev-staging", NEW)) is kept
