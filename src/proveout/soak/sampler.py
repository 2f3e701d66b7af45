"""The sampler: how a target is at one moment, as far as it can be seen from here, at little cost."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proveout.access.answer import Unknowable, Wrong
from proveout.access.artifact import artifact_of, place_of
from proveout.access.database import Database
from proveout.access.following import Following
from proveout.access.http import Http
from proveout.access.logs import Logs
from proveout.access.machine import Machine
from proveout.access.vitals import Pulse
from proveout.load.line import Sample
from proveout.model.system import IdentityAnswer
from proveout.model.wording import in_line
from proveout.providers.target import Target
from proveout.safety.guard import Refused
from proveout.safety.identity import read

MOST_ROWS = 10_000  # of a table; more are not counted, so that a sample costs a big database nothing
LONGEST = 300  # characters of a reason
NO_MACHINE = "no access to its machine: --env-root=DIR, or --env-machine=ssh://user@host/DIR"
NO_LOG = "no access to its log: [logs] file in environment.toml and --env-root=DIR"
# The identity of the database file, the bytes it takes with its journals, and a sum over what is known of
# the files of the artifact without reading them.
FILES = """if test -z "$1"; then echo -
elif test -e "$1"; then stat -L -c '%d:%i' "$1" || exit
else echo none; fi
if test -z "$1"; then du -sk "$2" 2>/dev/null | cut -f 1
else
  for f in "$1" "$1"-wal "$1"-shm "$1"-journal; do test -f "$f" && wc -c <"$f"; done | tr '\\n' ' '
  echo
fi
if test -z "$3"; then echo -
else find "$3" -type f ! -path '*/__pycache__/*' -exec stat -c '%n %s %y %z %i' {} + | sort | cksum; fi"""


@dataclass
class Sampler:
    """Looks at a target; what cannot be seen is named with what would let it be seen, never an error.

    `machine`, `logs` and `database` are None where they are not at hand. `paused` says whether the profile
    pauses: then the target is not asked anything, so that it can be idle. `lacking` says what would give
    `machine` and `logs`.
    """

    target: Target
    identity: IdentityAnswer
    http: Http
    machine: Machine | None = None
    logs: Logs | None = None
    database: Database | None = None
    paused: Callable[[], bool] = lambda: False
    lacking: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        port = self.target.ports.get("port", 0)
        self._pulse = Pulse(self.machine, port) if self.machine is not None else None
        self._following: Following | None = None
        self._seen: tuple[str, str | None, str] = ("", None, "")

    def __call__(self, number: int, segment: int) -> Sample:
        """Return how the target is now."""
        self.unknown: dict[str, str] = {}
        found: dict[str, Any] = {}
        for part, names, look in (
            ("health", ("health", "get", "head"), self._ask),
            ("process", ("process",), self._process),
            ("database", ("database", "binary"), self._files),
            ("rows", ("rows",), self._rows),
            ("log", ("log", "critical", "below"), self._log),
        ):
            try:
                found |= look()
            except (Wrong, Unknowable, OSError, Refused, ValueError) as error:
                for name in names:
                    self._note(name, f"{part}: {error}")
        return Sample(number=number, segment=segment, at=time.time(), **found, unknown=self.unknown)

    def _note(self, name: str, why: str) -> None:
        self.unknown[name] = in_line(why, limit=LONGEST)

    def _ask(self) -> dict[str, Any]:
        if self.paused():
            why = "nobody was asked in a pause of the profile"
            self.unknown |= dict.fromkeys(("health", "get", "head", "identity"), why)
            return {}
        path = self.identity.path
        found: dict[str, Any] = {}
        try:
            answer = self.http.get(path)
        except Wrong as error:
            found["get"] = in_line(str(error), limit=LONGEST)
            self._note("health", str(error))
            self._note("identity", str(error))
        else:
            found |= {"get": str(answer.status), "health": round(answer.seconds, 4)}
            try:
                who = read(answer.ok().json(), self.identity.environment_field, self.identity.version_field)
            except Wrong as error:
                self._note("identity", str(error))
            else:
                found |= {"environment": who.environment, "version": who.version}
                if who.trouble:
                    self._note("identity", who.trouble)
        try:
            found["head"] = str(self.http.ask("HEAD", path).status)
        except Wrong as error:
            found["head"] = in_line(str(error), limit=LONGEST)
        return found

    def _process(self) -> dict[str, Any]:
        if self._pulse is None:
            raise Unknowable(self.lacking.get("machine", NO_MACHINE))
        vitals = self._pulse.feel()
        return {
            "pid": vitals.pid,
            "started": vitals.started,
            "rss": vitals.rss,
            "descriptors": vitals.descriptors,
            "threads": vitals.threads,
            "cpu": vitals.cpu,
        }

    def _files(self) -> dict[str, Any]:
        if self.machine is None:
            raise Unknowable(self.lacking.get("machine", NO_MACHINE))
        file = str(self.database.path) if self.database is not None else ""
        place = place_of(self.target, self.machine) or ""
        done = self.machine.run("sh -c %s sh %s %s %s", FILES, file, str(self.machine.root), place)
        if done.rc != 0 or len(done.lines) != 3:
            raise Unknowable(f"its files cannot be looked at: {done.last_words}")
        identity, sizes, listing = done.lines
        factor = 1024 if identity == "-" else 1
        found: dict[str, Any] = {"database": factor * sum(int(size) for size in sizes.split())}
        if identity != "-":
            found["database_file"] = identity
        return found | self._binary(listing)

    def _binary(self, listing: str) -> dict[str, Any]:
        """Return the digest of the artifact; its files are only read where something of them changed."""
        if self._seen[0] != listing:
            artifact = artifact_of(self.target, self.machine)
            self._seen = (listing, artifact.digest, artifact.why)
        _, digest, why = self._seen
        if digest is None:
            self._note("binary", why)
            return {}
        return {"binary": digest}

    def _rows(self) -> dict[str, Any]:
        if self.database is None:
            if self.machine is None:
                raise Unknowable(self.lacking.get("machine", NO_MACHINE))
            raise Unknowable("the definition declares no database")
        if not self.database.machine.is_file(self.database.file):
            return {"rows": {}}
        names = sorted(name for name in self.database.tables() if not name.startswith("sqlite_"))
        if not names:
            return {"rows": {}}
        asked = " UNION ALL ".join(
            f"SELECT {_text(name)}, count(*) FROM (SELECT 1 FROM {_name(name)} LIMIT {MOST_ROWS})"  # noqa: S608
            for name in names
        )
        return {"rows": {str(name): int(count) for name, count in self.database.rows(asked)}}

    def _log(self) -> dict[str, Any]:
        if self.logs is None:
            raise Unknowable(self.lacking.get("logs", NO_LOG))
        if self._following is None:
            # What stood there before is not of this soak.
            self._following = Following(self.logs, self.target.environment.logs.level)
        said = self._following.look()
        found: dict[str, Any] = {"log": self.logs.stored.total()}
        for name, count in (("critical", said.critical), ("below", said.below)):
            if said.unread and not count:
                self._note(name, said.unread)
            else:
                found[name] = count
        return found


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
