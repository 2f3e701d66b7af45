import pytest
from pydantic import ValidationError

from proveout.model.claim import TIERS, Claim

STATED = {"tier": "smoke", "proof": "live", "scope": "each"}


def claim(**changes):
    row = {
        "id": "CC-HL-STATUS",
        "says": "health says so",
        "section": "Health",
        "environments": ["dev"],
        "kind": "check",
        "verified_by": "HTTP",
        **STATED,
    }
    return Claim.model_validate({key: value for key, value in (row | changes).items() if value is not None})


@pytest.mark.parametrize("tier", TIERS)
def test_a_claim_of_kind_check_belongs_to_one_tier(tier):
    assert claim(tier=tier).tier == tier


@pytest.mark.parametrize("missing", STATED)
def test_a_claim_of_kind_check_needs_tier_proof_and_scope(missing):
    with pytest.raises(ValidationError, match="needs tier, proof and scope"):
        claim(**{missing: None})


def test_a_claim_of_kind_check_names_its_environments():
    with pytest.raises(ValidationError, match="names the environments it is about"):
        claim(environments=[])


@pytest.mark.parametrize("kind", ["rule", "person", "permission", "alias"])
def test_other_claims_have_no_tier_proof_or_scope(kind):
    nothing = dict.fromkeys(STATED)
    assert claim(kind=kind, **nothing, environments=[]).tier is None
    for key, value in STATED.items():
        with pytest.raises(ValidationError, match=f"a claim of kind {kind} has no {key}"):
            claim(kind=kind, **nothing | {key: value})


@pytest.mark.parametrize(
    "change",
    [
        {"id": "lower-case"},
        {"id": "SINGLE"},
        {"id": "CC-"},
        {"id": "CC--X"},
        {"id": "CC-X\n"},
        {"says": ""},
        {"kind": "hope"},
        {"tier": "quick"},
        {"proof": "belief"},
        {"scope": "some"},
        {"verified_by": None},
        {"environments": None},
        {"owner": "nobody"},
    ],
    ids=str,
)
def test_a_row_that_is_no_claim_is_refused(change):
    with pytest.raises(ValidationError):
        claim(**change)


def test_a_claim_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        claim().tier = "load"
