"""The runs of pytest that a gate's rules rest on, as few as do it, without running anything."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from proveout.model.claim import TIERS, Claim, Tier
from proveout.model.gate import ClaimsRule, Gate, Rule, TierRule
from proveout.model.system import System


@dataclass(frozen=True)
class Part:
    """One run: these tiers over these environments; `about` are those that the gate asks for results of.

    `declared` puts copies on their declared ports.
    """

    system: str
    environments: tuple[str, ...]
    tiers: tuple[Tier, ...]
    about: tuple[str, ...]
    twin: bool = False
    whole: bool = False
    declared: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the environments by id."""
        return tuple(f"{self.system}/{name}" for name in self.environments)

    @property
    def words(self) -> tuple[str, ...]:
        """Return the selection as pytest takes it."""
        chosen = (f"--env={self.system}",) if self.whole else tuple(f"--env={i}" for i in self.ids)
        ports = ("--env-ports", "declared") if self.declared else ()
        return (*chosen, *(("--env-twin",) if self.twin else ()), *ports, "-m", " or ".join(self.tiers))


@dataclass(frozen=True)
class Need:
    """One tier of one environment, with the environments that its claims are compared with."""

    environment: str
    tier: Tier
    together: frozenset[str]
    twin: bool


def needs(system: System, gate: Gate, *, rehearsal: bool, recovered: Collection[str] = ()) -> list[Need]:
    """Return what the rules of a gate ask runs for; never the soak tier, which lasts a day.

    `recovered` are the ids of environments that had to be recovered at some time.
    """
    found: dict[Need, None] = {}
    for rule in gate.rules:
        if rule.needs == "recovered" and f"{system.name}/{rule.environment}" not in recovered:
            continue
        for environment, claims in _asked(rule, system, gate, rehearsal=rehearsal):
            for tier in TIERS:
                for twin in (False, True):
                    # A rehearsal works on copies alone, which prove both kinds.
                    chosen = [c for c in claims if c.tier == tier and (rehearsal or _twin(c) is twin)]
                    if chosen and tier != "soak" and not (rehearsal and twin):
                        beside = _beside(chosen, system) | {environment}
                        found[Need(environment, tier, frozenset(beside), twin)] = None
    return list(found)


def parts(system: System, needed: Iterable[Need]) -> tuple[Part, ...]:
    """Return the runs that meet these needs: one for all tiers that look at the same environments."""
    groups: dict[tuple[frozenset[str], bool], list[Need]] = {}
    # The widest first: what looks at more environments does for a need that looks at some of them.
    for need in sorted(needed, key=lambda need: -len(need.together)):
        serving = (
            group
            for (names, twin), group in groups.items()
            if twin == need.twin and need.together <= names and need.tier in {n.tier for n in group}
        )
        group = next(serving, None)
        if group is None:
            group = groups.setdefault((need.together, need.twin), [])
        group.append(need)
    made = [_part(system, names, group, twin=twin) for (names, twin), group in groups.items()]
    return tuple(sorted(made, key=lambda part: part.twin))


def on_declared_ports(made: Iterable[Part], clash: Callable[[Part], bool]) -> tuple[Part, ...]:
    """Return the runs with their copies on the declared ports.

    Where two of a run are declared on one port, the run stays as it is, and each environment that the gate
    asks about runs once more for itself; never its load, which knows no ports.
    """
    found: list[Part] = []
    alone: dict[tuple[str, bool], Part] = {}
    for part in made:
        if not clash(part):
            found.append(replace(part, declared=True))
            continue
        found.append(part)
        for i in part.about:
            before = alone.get((i, part.twin))
            asked = {*part.tiers, *(before.tiers if before else ())} - {"load"}
            tiers = tuple(tier for tier in TIERS if tier in asked)
            if tiers:
                name = i.partition("/")[2]
                alone[i, part.twin] = Part(part.system, (name,), tiers, (i,), part.twin, declared=True)
    return (*found, *alone.values())


def not_run(system: System, gate: Gate) -> dict[str, str]:
    """Return the lines of a gate whose runs it does not start, and the command of each."""
    found = {}
    for rule in gate.rules:
        environment = f"{system.name}/{getattr(rule, 'environment', None) or gate.begin}"
        soak = isinstance(rule, TierRule) and rule.tier == "soak"
        soak = soak or any(
            system.by_claim[claim].tier == "soak"
            for claim in (rule.claims if isinstance(rule, ClaimsRule) else ())
        )
        if soak or rule.needs == "soak":
            found[rule.says] = f"pytest --env={environment} -m soak"
    return found


def _asked(rule: Rule, system: System, gate: Gate, *, rehearsal: bool) -> Iterator[tuple[str, list[Claim]]]:
    """Return the claims that a rule asks runs for, by environment."""
    where = getattr(rule, "environment", None) or gate.begin
    if rule.needs == "tier":
        yield where, [claim for claim in system.checkable(where) if claim.tier == rule.tier]
    elif rule.needs == "claims":
        yield where, [system.by_claim[claim] for claim in rule.claims]
    elif rule.needs == "recovered":
        yield where, _smoke(system, where)
    elif not rehearsal and rule.needs == "monitored":
        for name in rule.environments:
            yield name, _alone(_smoke(system, name))
    elif not rehearsal and rule.needs in {"record", "deployed"}:
        yield gate.end, _alone(_smoke(system, gate.end))


def _smoke(system: System, environment: str) -> list[Claim]:
    return [claim for claim in system.checkable(environment) if claim.tier == "smoke"]


def _alone(claims: list[Claim]) -> list[Claim]:
    """Return the claims by which an environment is seen for itself, in whatever state it is."""
    return [claim for claim in claims if claim.scope == "each" and not _twin(claim)]


def _twin(claim: Claim) -> bool:
    return claim.proof == "twin"


def _beside(claims: list[Claim], system: System) -> set[str]:
    """Return the environments that claims about several together need in one run."""
    found: set[str] = set()
    for claim in claims:
        if claim.scope == "together":
            # That something is so in one environment only is seen in all of them.
            found |= set(claim.environments if len(claim.environments) > 1 else system.order)
    return found


def _part(system: System, names: frozenset[str], group: list[Need], *, twin: bool) -> Part:
    asked = {need.tier for need in group}
    about = {need.environment for need in group}
    return Part(
        system.name,
        tuple(name for name in system.order if name in names),
        tuple(tier for tier in TIERS if tier in asked),
        tuple(f"{system.name}/{name}" for name in system.order if name in about),
        twin,
        whole=len(names) == len(system.order) > 1,
    )
