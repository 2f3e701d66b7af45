import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.model.claim import Claim
from proveout.plugin.aside import Aside
from proveout.plugin.census import Census
from proveout.plugin.check import Check
from proveout.plugin.collected import Collected, asks_for, matches, unknown_marker

KNOWN = {"smoke", "regression", "integration", "load", "soak", "reads", "writes", "disrupts"}

words = st.lists(st.text(max_size=8), max_size=3).map(tuple)
checks = st.builds(
    Check, st.text(), words, words, words, st.sampled_from(["reads", "writes", "disrupts"]), words, words
)
collections = st.builds(
    Collected,
    st.lists(checks, max_size=3),
    st.lists(st.builds(Aside, checks, st.text(), st.text()), max_size=3),
    st.dictionaries(st.text(), st.lists(st.text())),
    st.integers(0),
)


@given(collections)
def test_a_collection_reaches_another_process_as_it_was(collected):
    assert Collected.from_json(json.loads(json.dumps(collected.as_json()))) == collected


@pytest.mark.parametrize(
    ("expression", "marks", "selected"),
    [
        ("", {"smoke"}, True),
        ("  ", {"load"}, True),
        ("", {"soak"}, False),
        ("", set(), True),
        ("smoke", {"smoke", "reads"}, True),
        ("smoke", {"regression"}, False),
        ("smoke or regression", {"regression"}, True),
        ("smoke and reads", {"smoke"}, False),
        ("not smoke", {"load"}, True),
        ("not (smoke or load)", {"load"}, False),
        ("soak", {"soak"}, True),
        ("not smoke", {"soak"}, True),
        ("smoke(level=1)", {"smoke"}, True),
    ],
)
def test_an_expression_selects_by_markers(expression, marks, selected):
    assert matches(expression, marks) is selected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "smoke",
        "smoke or regression",
        "not (smoke and reads)",
        "load and not (writes or disrupts)",
        "smoke(a=1)",
    ],
)
def test_an_expression_of_known_markers_is_no_mistake(expression):
    assert unknown_marker(expression, KNOWN) is None


@pytest.mark.parametrize(
    ("expression", "word", "near"),
    [
        ("smok", "smok", "did you mean smoke"),
        ("smoke or regresion", "regresion", "did you mean regression"),
        ("not (smoke or lod)", "lod", "did you mean load"),
        ("SMOKE", "SMOKE", ""),
        ("xyzzy", "xyzzy", ""),
    ],
)
def test_a_word_no_marker_has_is_named(expression, word, near):
    said = unknown_marker(expression, KNOWN)
    assert said.startswith(f'-m "{expression}": there is no marker "{word}"{near and "; " + near}')
    assert "tiers: smoke, regression, integration, load, soak" in said


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ("", False),
        ("load", True),
        ("smoke or load", True),
        ("not load", False),
        ("not smoke", False),
        ("smoke and not load", False),
        ("load and slow", True),
        ("not (slow or smoke) and load", True),
        ("load or reads", True),
        ("reads", False),
        ("soak(hours=24)", True),
        (" or ".join(["load", *(f"mark{n}" for n in range(11))]), True),
    ],
)
def test_an_expression_asks_for_a_tier_if_it_selects_by_its_marker(expression, asked):
    assert asks_for({"load", "soak"}, expression) is asked


def claim(claim_id, tier):
    return Claim(
        id=claim_id,
        says="x",
        section="x",
        environments=("gamma",),
        kind="check",
        tier=tier,
        proof="live",
        scope="each",
        verified_by="x",
    )


def test_claims_without_a_check_are_in_question_by_their_tier():
    claims = [claim("CC-A", "smoke"), claim("CC-B", "load"), claim("CC-C", "soak")]
    census = Census(Collected(marks={"CC-B": ["load", "writes"]}))
    assert [c.id for c in census.in_question(claims, "smoke")] == ["CC-A"]
    assert [c.id for c in census.in_question(claims, "load and writes")] == ["CC-B"]
    assert [c.id for c in census.in_question(claims, "")] == ["CC-A", "CC-B"]
    assert [c.id for c in census.in_question(claims, "soak or smoke")] == ["CC-A", "CC-C"]
