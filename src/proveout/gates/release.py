"""What is promoted: a version, and the digest of what runs."""

import re
from dataclasses import dataclass
from typing import Any

FIXED = re.compile(r"v?\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.+-]+)?|[0-9a-f]{7,64}")
MOVING = re.compile(r"latest|snapshot|nightly|head|main|master|current|stable", re.IGNORECASE)


@dataclass(frozen=True)
class Release:
    """A version as the target says it, and the SHA-256 of its artifact; None where it is not known."""

    version: str | None
    artifact: str | None

    @property
    def moving(self) -> bool:
        """Return whether the version is a label that may mean something else tomorrow."""
        return not self.version or not FIXED.fullmatch(self.version) or bool(MOVING.search(self.version))

    @property
    def known(self) -> bool:
        """Return whether it is said beyond doubt what is meant."""
        return self.artifact is not None or not self.moving

    def same(self, other: "Release") -> bool | None:
        """Return whether both are the same beyond doubt; None where it cannot be known."""
        if self.artifact and other.artifact:
            return self.artifact == other.artifact
        if not self.version or not other.version:
            return None
        if self.version != other.version:
            return None if self.moving or other.moving else False
        return None if self.moving else True

    def called(self, name: str) -> bool:
        """Return whether a person means this release by a version, a digest, or the beginning of one."""
        digest = name.removeprefix("sha256:")
        return name == self.version or bool(
            self.artifact and len(digest) >= 8 and self.artifact.startswith(digest)
        )

    def __str__(self) -> str:
        version = f"version {self.version}" if self.version else "no version"
        return f"{version} (sha256:{self.artifact[:12]})" if self.artifact else version

    def as_json(self) -> dict[str, Any]:
        """Return the release as JSON values."""
        return {"version": self.version, "artifact": self.artifact}

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Release":
        """Return the release in the facts of a record."""
        version, artifact = facts.get("version"), facts.get("artifact")
        return cls(
            version if isinstance(version, str) else None, artifact if isinstance(artifact, str) else None
        )
