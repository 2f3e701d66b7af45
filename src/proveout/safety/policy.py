"""What a run may do to one target: methods, calls, effects, and how much of them."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import httpx

from proveout.model.environment import EFFECTS, Effect
from proveout.providers.address import port_of
from proveout.providers.target import Target

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Policy:
    """The requests that may be sent to one target; `beside` are its other listeners, such as metrics."""

    scheme: str
    host: str
    port: int
    base: str
    beside: frozenset[tuple[str, str, int]]
    effects: frozenset[Effect]
    synthetic: frozenset[str]

    @classmethod
    def of(cls, target: Target) -> "Policy":
        """Return the policy the definition and the provenance ask for."""
        parts = urlsplit(target.url)
        host = httpx.URL(target.url).host  # as the transport will name it: xn-- decoded
        effects = target.environment.effects
        allowed: tuple[Effect, ...] = EFFECTS if target.disposable else effects.live
        return cls(
            parts.scheme,
            host,
            port_of(target.url),
            parts.path,
            frozenset(("http", host, port) for name, port in target.ports.items() if name != "port"),
            frozenset(allowed),
            frozenset(effects.synthetic),
        )

    def objection(
        self, effect: Effect, method: str, *, scheme: str, host: str, port: int, path: str
    ) -> str | None:
        """Return why a check with this effect may not send this request, or None."""
        if (scheme, host, port) in self.beside:
            return None if method in READING else f"{method} {path}: beside the target itself one only reads"
        if (scheme, host, port) != (self.scheme, self.host, self.port):
            return f"{scheme}://{host}:{port} is not the target {self.scheme}://{self.host}:{self.port}"
        if effect not in self.effects:
            allowed = ", ".join(sorted(self.effects))
            return f"a check that {effect} may not work on this target (allowed: {allowed})"
        if method in READING or effect != "reads":
            return None
        local = path.removeprefix(self.base) if self.base else path
        # A synthetic call is a literal path: a dressed-up one ("/api/%72un", "/api/run/../x") is not it.
        if f"{method} {local}" in self.synthetic and unquote(local) == local:
            return None
        listed = ", ".join(sorted(self.synthetic)) or "none"
        return (
            f"{method} {local} is neither reading nor a synthetic call of the definition (listed: {listed})"
        )
