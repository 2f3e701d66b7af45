"""Reads which artifact a target is started from, on this machine or on the one it runs on."""

import importlib.util
from pathlib import Path

from proveout.access.answer import Unknowable
from proveout.access.machine import Machine
from proveout.access.shell import Done
from proveout.evidence.artifact import MOST_BYTES, MOST_FILES, Artifact, Unreadable, digest_of, of_listing
from proveout.model.environment import REFERENCE_PACKAGE, Environment
from proveout.providers.target import Target

# One command of POSIX sh: what cannot be told apart afterwards ends it with a status of its own.
LIST = f"""
for tool in find sha256sum readlink du cut head wc; do
  command -v $tool >/dev/null || {{ echo "there is no $tool on the machine" >&2; exit 40; }}
done
test -e "$1" || {{ echo "it is missing" >&2; exit 40; }}
if test -f "$1"; then digest=$(sha256sum <"$1") || exit; echo "$digest" | cut -c 1-64; exit; fi
cd "$1" || exit
odd=$(find . ! -type d ! -type f ! -type l | head -n 1)
test -z "$odd" || {{ echo "$odd is no file: a socket, a pipe or a device" >&2; exit 40; }}
odd=$(find . -name '*
*' -o -name '*\\\\*' | head -n 1)
test -z "$odd" || {{ echo "the name of a file holds a line feed or a backslash" >&2; exit 40; }}
test "$(find . | head -n {MOST_FILES + 2} | wc -l)" -le {MOST_FILES + 1} ||
  {{ echo "it holds more than {MOST_FILES} files" >&2; exit 40; }}
test "$(du -sk . | cut -f 1)" -le {MOST_BYTES // 1024} ||
  {{ echo "it holds more than {MOST_BYTES // 2**30} GiB" >&2; exit 40; }}
find . -type f -exec sha256sum {{}} + || exit
echo
find . -type l -exec sh -c 'for l do
  test "$(readlink "$l" | wc -l)" -eq 1 || exit
  echo "$l"; readlink "$l"
done' sh {{}} +
"""


def artifact_of(target: Target, machine: Machine | None) -> Artifact:
    """Return the artifact of a target, read where there is one to read.

    It is what the definition names as `[artifact] path` in the environment's own directory; without that,
    for a copy, the artifact or the package that its start command starts.
    """
    environment = target.environment
    if environment.artifact is not None:
        where = environment.artifact.path
        if machine is None:
            return _none(where, "no access to its directory: --env-root=DIR or --env-machine=ssh://host/DIR")
        try:
            return Artifact(digest_at(machine, where), "read", where)
        except (Unreadable, Unknowable) as error:
            return _none(where, f"{where} was not read: {error}")
    place = _started_from(environment) if target.disposable else None
    if place is None:
        return _none("", "no [artifact] path in environment.toml")
    where, path = place
    try:
        # What Python compiles of a package depends on who ran it last, and says nothing of it.
        return Artifact(digest_of(path, caches=target.provenance != "reference"), "read", where)
    except Unreadable as error:
        return _none(where, f"{where} was not read: {error}")


def place_of(target: Target, machine: Machine | None) -> str | None:
    """Return where on its machine the artifact of a target lies; None where `artifact_of` reads none."""
    environment = target.environment
    if environment.artifact is not None:
        return str(machine.root / environment.artifact.path) if machine is not None else None
    place = _started_from(environment) if target.disposable else None
    return str(place[1]) if place else None


def _none(where: str, why: str) -> Artifact:
    return Artifact(None, "none", where, f"{why}; or let who deploys state it: --env-artifact=sha256:HEX")


def _started_from(environment: Environment) -> tuple[str, Path] | None:
    """Return what the start command of a copy starts: the team's artifact, or a package of ours."""
    start = environment.start
    if start is None:
        return None
    if start.artifact is not None:
        return start.artifact, environment.directory / start.artifact
    named = next((word for word in start.command if word.partition(".")[0] == REFERENCE_PACKAGE), None)
    found = importlib.util.find_spec(REFERENCE_PACKAGE) if named else None
    if named is None or found is None or not found.submodule_search_locations:
        return None
    inner = named.replace(".", "/")
    return inner, Path(found.submodule_search_locations[0]).parent / inner


def digest_at(machine: Machine, path: str) -> str:
    """Return the digest of a file or tree below the environment's own directory.

    It is the same wherever the directory lies.

    Raises:
        Unreadable: it cannot be read, or does not say what would be started.
        Unknowable: the machine cannot be reached.
    """
    place = machine.root / path
    if machine.is_here:
        return digest_of(place)
    done = machine.run("sh -c %s sh %s", LIST, str(place))
    if done.rc != 0:
        raise Unreadable(done.last_words or f"{place} cannot be read")
    return _of_output(done)


def _of_output(done: Done) -> str:
    lines = done.stdout_bytes.decode("utf-8", "surrogateescape").split("\n")[:-1]
    if len(lines) == 1 and len(lines[0]) == 64:
        return lines[0]
    files, links = lines[: lines.index("")], lines[lines.index("") + 1 :]
    return of_listing(
        {line[66:].removeprefix("./"): line[:64] for line in files},
        {n.removeprefix("./"): target for n, target in zip(links[::2], links[1::2], strict=True)},
    )
