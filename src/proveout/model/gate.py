"""A gate: one edge of a promotion, and the rules that must hold before a version takes it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from proveout.model.claim import Tier
from proveout.model.environment import Flag, RelativePath, Section
from proveout.model.quantity import Seconds

Share = Annotated[float, Field(gt=0, le=1)]


class _Rule(Section):
    """One line of a checklist: what it says, and which claims of kind rule it decides.

    `within` is the age that evidence may have, where it differs from the gate's.
    """

    says: str = Field(min_length=1)
    decides: tuple[str, ...] = ()
    within: Seconds | None = None


class TierRule(_Rule):
    """Every claim of a tier about an environment is proven (without `environment`: where the gate begins).

    `whole`: one run executed all of them, not several runs a part each. `figures`: the run left what it
    measured.
    """

    needs: Literal["tier"]
    tier: Tier
    environment: str | None = None
    whole: Flag = False
    figures: Flag = False


class ClaimsRule(_Rule):
    """The named claims are proven for an environment, whatever their tier."""

    needs: Literal["claims"]
    claims: Annotated[tuple[str, ...], Field(min_length=1)]
    environment: str | None = None


class SoakRule(_Rule):
    """The version ran under watch for a span: how long, how complete, and without which interruptions.

    `gap` is the longest time in which nothing was measured; `slice` the longest between two parts of a soak
    that was stopped on purpose and gone on with (without it such a time is a gap like any other).
    """

    needs: Literal["soak"]
    span: Seconds
    filled: Share
    gap: Seconds
    slice: Seconds | None = None


class LogsRule(_Rule):
    """No critical error stands in the log over the time that the evidence is from; the log was live."""

    needs: Literal["logs"]


class ApprovalRule(_Rule):
    """Somebody who did not make the change consents to this version."""

    needs: Literal["approval"]


class DocumentRule(_Rule):
    """A document is there, says something, and has the headings that make it one; relative to the system."""

    needs: Literal["document"]
    file: RelativePath
    headings: Annotated[tuple[str, ...], Field(min_length=1)]


class PromotedRule(_Rule):
    """The gate before let this very version through."""

    needs: Literal["promoted"]


class RecordRule(_Rule):
    """What runs where the gate leads to came there by a decision on record, or is named in `adopted`."""

    needs: Literal["record"]


class DeployedRule(_Rule):
    """A decision to promote was followed by that version being seen there, in the time given."""

    needs: Literal["deployed"]
    after: Seconds


class MonitoredRule(_Rule):
    """Each environment was seen alive, recently."""

    needs: Literal["monitored"]
    environments: Annotated[tuple[str, ...], Field(min_length=1)]


class MergedRule(_Rule):
    """What runs where the gate begins is a merge on the line that leads there."""

    needs: Literal["merged"]


class IndependentRule(_Rule):
    """No rule of this gate waits for what an environment without a promise of stability does."""

    needs: Literal["independent"]
    of: str


class RecoveredRule(_Rule):
    """After a recovery of an environment its whole smoke tier was proven again."""

    needs: Literal["recovered"]
    environment: str


RULES: dict[str, type[_Rule]] = {
    "tier": TierRule,
    "claims": ClaimsRule,
    "soak": SoakRule,
    "logs": LogsRule,
    "approval": ApprovalRule,
    "document": DocumentRule,
    "promoted": PromotedRule,
    "record": RecordRule,
    "deployed": DeployedRule,
    "monitored": MonitoredRule,
    "merged": MergedRule,
    "independent": IndependentRule,
    "recovered": RecoveredRule,
}
Rule = Annotated[
    TierRule
    | ClaimsRule
    | SoakRule
    | LogsRule
    | ApprovalRule
    | DocumentRule
    | PromotedRule
    | RecordRule
    | DeployedRule
    | MonitoredRule
    | MergedRule
    | IndependentRule
    | RecoveredRule,
    Field(discriminator="needs"),
]


class Gate(Section):
    """One table of `gates.toml`: an edge and its rules.

    `within` is the age that evidence may have. `adopted` names versions or digests that ran where the gate
    leads to before there was a gate. With `committed` the checks must be those of a commit.
    """

    begin: str = Field(alias="from")
    end: str = Field(alias="to")
    within: Seconds
    committed: Flag = True
    adopted: tuple[str, ...] = ()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, alias="rule")]

    system: str = Field(exclude=True)

    @property
    def name(self) -> str:
        """Return `<from>-<to>`."""
        return f"{self.begin}-{self.end}"

    @property
    def id(self) -> str:
        """Return `<system>/<from>-<to>`."""
        return f"{self.system}/{self.name}"

    @model_validator(mode="after")
    def _a_way(self) -> Self:
        if self.begin == self.end:
            raise ValueError(f"from and to are both {self.end}")
        return self


class Gates(Section):
    """One `gates.toml`: the edges of a system by name, and the claims that no waiver may set aside."""

    never_waived: tuple[str, ...]
    edges: dict[str, Gate]
