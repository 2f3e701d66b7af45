"""A claim: one statement that the architecture documents make about environments."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["check", "rule", "person", "permission", "alias"]
Tier = Literal["smoke", "regression", "integration", "load", "soak"]
NO_CHECK = "no check in this suite yet"  # why a claim is unverified that nothing verifies
TIERS: tuple[Tier, ...] = ("smoke", "regression", "integration", "load", "soak")


class Claim(BaseModel):
    """One row of `claims.toml`.

    `environments` names those the statement is about; a claim of scope `together` needs all of them
    in one run. Only a claim of kind `check` has a tier, a proof and a scope.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$")
    says: str = Field(min_length=1)
    section: str
    environments: tuple[str, ...]
    kind: Kind
    tier: Tier | None = None
    proof: Literal["live", "twin"] | None = None
    scope: Literal["each", "together"] | None = None
    verified_by: str
    broken_by: str = ""

    @model_validator(mode="after")
    def _only_checks_have_a_tier(self) -> Self:
        stated = [name for name in ("tier", "proof", "scope") if getattr(self, name) is not None]
        if self.kind == "check" and len(stated) < 3:
            raise ValueError("a claim of kind check needs tier, proof and scope")
        if self.kind != "check" and stated:
            raise ValueError(f"a claim of kind {self.kind} has no {', '.join(stated)}")
        if self.kind == "check" and not self.environments:
            raise ValueError("a claim of kind check names the environments it is about")
        return self
