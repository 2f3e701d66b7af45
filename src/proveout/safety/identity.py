"""Identity: which environment and version a target says it is, read at both ends of a run."""

from dataclasses import dataclass
from typing import Literal

from proveout.model.wording import plain

Finding = Literal["same", "unreachable", "unreadable", "other"]


@dataclass(frozen=True)
class Identity:
    """What the target said of itself; None where it said nothing readable. `trouble` says why."""

    environment: str | None = None
    version: str | None = None
    trouble: str = ""
    reachable: bool = True

    def finding(self, expected: str) -> Finding:
        """Return what this means for an environment that must call itself `expected`."""
        if not self.reachable:
            return "unreachable"
        if self.environment is None:
            return "unreadable"
        return "same" if self.environment == expected else "other"

    def __str__(self) -> str:
        if self.environment is None:
            return self.trouble or "no identity"
        return f"{self.environment} {self.version}" if self.version else self.environment


def read(content: object, environment_field: str, version_field: str) -> Identity:
    """Return the identity in a health answer that was decoded from JSON."""
    if not isinstance(content, dict):
        return Identity(trouble="the health answer is no JSON object")
    environment, version = content.get(environment_field), content.get(version_field)
    known = plain(version) if isinstance(version, str) and version else None
    if not isinstance(environment, str) or not environment:
        return Identity(version=known, trouble=f'the health answer has no text "{environment_field}"')
    return Identity(plain(environment), known)
