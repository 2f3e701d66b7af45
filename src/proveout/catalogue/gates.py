"""Reads `gates.toml`: the edges of a system, and that every rule of the documents has a place in them."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from proveout.catalogue.reading import section, table
from proveout.model.claim import Claim
from proveout.model.gate import RULES, ClaimsRule, Gate, Gates, IndependentRule, MonitoredRule, Rule
from proveout.model.mistake import Mistake, near, shown
from proveout.model.system import System


def gates(file: Path, system: System, mistakes: list[Mistake]) -> Gates | None:
    """Return the gates of a system, or None where it has no such file or after noting what is wrong."""
    if not file.exists():
        return None
    content = table(file, mistakes)
    return None if content is None else _Reader(file, system, mistakes).gates(content)


class _Reader:
    """Notes every mistake of one file; a gate with a mistake is none."""

    def __init__(self, file: Path, system: System, mistakes: list[Mistake]) -> None:
        self.file = file
        self.system = system
        self.mistakes = mistakes

    def gates(self, content: dict[str, Any]) -> Gates:
        before = len(self.mistakes)
        never = content.pop("never_waived", None)
        if not isinstance(never, list) or not all(isinstance(claim, str) for claim in never):
            self._note(
                "never_waived",
                "missing or no list: name the claims that say who the target is; no waiver sets them aside",
            )
            never = []
        for claim in never:
            self._claim(claim, "never_waived")
        found = {name: self._gate(name, edge) for name, edge in content.items()}
        edges = {name: gate for name, gate in found.items() if gate is not None}
        if len(self.mistakes) == before:
            self._every_rule_has_a_place(edges)
        return Gates(never_waived=tuple(never), edges=edges)

    def _note(self, key: str, reason: str) -> None:
        self.mistakes.append(Mistake(shown(self.file), key, reason))

    def _gate(self, name: str, content: Any) -> Gate | None:
        if not isinstance(content, dict) or "system" in content:
            self._note(name, "unknown key; write every edge as a table [from-to], without system")
            return None
        rows = content.get("rule", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._note(f"[{name}] rule", f"write every rule as a table [[{name}.rule]]")
            return None
        found = [self._rule(f"[{name}] rule {number}:", row) for number, row in enumerate(rows, start=1)]
        rules = tuple(rule for rule in found if rule is not None)
        if len(rules) < len(found):
            return None
        whole = {**content, "rule": rules, "system": self.system.name}
        gate = section(Gate, whole, self.file, self.mistakes, f"[{name}]")
        steps = [f"{begin}-{end}" for begin, end in pairwise(self.system.order)]
        if gate is not None and (gate.name not in steps or name != gate.name):
            reason = f"not a step of {self.system.title}{near(name, steps)}. The steps are {', '.join(steps)}"
            self._note(f"[{name}] from {gate.begin} to {gate.end}", reason)
            return None
        return gate

    def _rule(self, label: str, row: dict[str, Any]) -> Rule | None:
        needs = row.get("needs")
        model = RULES.get(needs) if isinstance(needs, str) else None
        if model is None:
            reason = f"unknown{near(str(needs), RULES)}. Accepted: {', '.join(RULES)}"
            self._note(f"{label} needs = {needs!r}", reason)
            return None
        rule: Any = section(model, row, self.file, self.mistakes, label)
        if rule is None:
            return None
        for claim in rule.decides:
            known = self._claim(claim, f"{label} decides")
            if known and known.kind != "rule":
                reason = f"{claim} is of kind {known.kind}; a gate decides claims of kind rule"
                self._note(f"{label} decides", reason)
        for claim in rule.claims if isinstance(rule, ClaimsRule) else ():
            known = self._claim(claim, f"{label} claims")
            if known and known.kind != "check":
                reason = f"{claim} is of kind {known.kind}; only claims of kind check are proven by evidence"
                self._note(f"{label} claims", reason)
        order = self.system.order
        for name in _environments(rule):
            if name not in order:
                self._note(label, f'no environment "{name}"{near(name, order)}. Accepted: {", ".join(order)}')
        return rule  # type: ignore[no-any-return]

    def _claim(self, claim: str, where: str) -> Claim | None:
        known = self.system.by_claim.get(claim)
        if known is None:
            self._note(where, f'there is no claim "{claim}"{near(claim, self.system.by_claim)}')
        return known

    def _every_rule_has_a_place(self, edges: dict[str, Gate]) -> None:
        decided = {claim for gate in edges.values() for rule in gate.rules for claim in rule.decides}
        claims = self.system.claims
        forgotten = [claim.id for claim in claims if claim.kind == "rule" and claim.id not in decided]
        if forgotten:
            self._note("decides", f"claims of kind rule that no rule decides: {', '.join(forgotten)}")


def _environments(rule: Any) -> tuple[str, ...]:
    if isinstance(rule, MonitoredRule):
        return rule.environments
    if isinstance(rule, IndependentRule):
        return (rule.of,)
    name = getattr(rule, "environment", None)
    return (name,) if name else ()
