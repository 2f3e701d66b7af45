"""Where a served version comes from: its commit in a checkout, and whether that is a merge on its branch.

Git is only read from, never fetched with: what the checkout does not hold is not known.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from proveout.gates.release import Release
from proveout.model.wording import plain

WITHIN = 20  # seconds for one question to git
HEX = re.compile(r"[0-9a-f]{7,40}")
# Nothing that asks a person, a server or another object store; no replaced history.
QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}


class _Unknown(Exception):
    """Why the origin is not known, and how it would be."""


def origin_of(version: str | None, checkout: Path | None, branch: str | None) -> dict[str, Any]:
    """Return the commit of a version and whether it is a merge on the branch, or why that is not known."""
    if checkout is None:
        return {"unknown": "no checkout of the system is named: --env-source=DIR"}
    if version is None:
        return {"unknown": "the target says no version"}
    try:
        commit = _commit(checkout, version)
        merge = _is_merge(checkout, commit, branch)
    except _Unknown as unknown:
        return {"unknown": plain(str(unknown), limit=400)}
    except subprocess.TimeoutExpired:
        return {"unknown": f"git in {checkout} did not answer within {WITHIN} s"}
    except OSError as error:
        return {"unknown": f"git cannot be asked in {checkout}: {error.strerror}"}
    return {"commit": commit, "merge": merge, "line": branch}


def _commit(checkout: Path, version: str) -> str:
    """Return the one commit a version names as a tag, as a commit, or as the build after its "+"."""
    _require_whole(checkout)
    if Release(version, None).moving:
        raise _Unknown(f"{version} is a label that moves: serve a version that names one build")
    build = version.partition("+")[2]
    found = {
        *_of_tag(checkout, version),
        *_of_tag(checkout, f"v{version}"),
        *(commit for part in {version, *build.split(".")} for commit in _of_hex(checkout, part)),
    }
    if len(found) > 1:
        raise _Unknown(f"{version} names {len(found)} commits: {', '.join(c[:12] for c in sorted(found))}")
    if not found:
        branches = _git(checkout, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes")
        what = "is a branch, which moves" if version in branches.split() else "is no tag and no commit there"
        raise _Unknown(
            f"{version} {what} ({checkout}): tag what is deployed, or serve the commit as in 1.4.2+1f6abed; "
            "git fetch --tags where the checkout is behind"
        )
    return found.pop()


def _require_whole(checkout: Path) -> None:
    if _git(checkout, "rev-parse", "--is-shallow-repository") != "false":
        raise _Unknown(f"the checkout {checkout} is shallow, merges cannot be told: git fetch --unshallow")


def _of_tag(checkout: Path, name: str) -> set[str]:
    done = _ask(checkout, "rev-parse", "--verify", "--quiet", f"refs/tags/{name}^{{commit}}")
    return {done.stdout.strip()} if done.returncode == 0 else set()


def _of_hex(checkout: Path, text: str) -> set[str]:
    """Return the commits that begin with the digits; a branch that looks like one is not asked for."""
    if not HEX.fullmatch(text):
        return set()
    objects = _git(checkout, "rev-parse", f"--disambiguate={text}").split()
    return {name for name in objects if _git(checkout, "cat-file", "-t", name) == "commit"}


def _is_merge(checkout: Path, commit: str, branch: str | None) -> bool:
    if branch is None:
        raise _Unknown(
            f"it is {commit[:12]}, deployed from which branch? [origin] branch in environment.toml"
        )
    # What reviewers merged is the branch of the server; a branch of the checkout may be anybody's.
    for ref in (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"):
        if _ask(checkout, "rev-parse", "--verify", "--quiet", ref).returncode == 0:
            break
    else:
        raise _Unknown(f"there is no branch {branch} in {checkout}: git fetch origin {branch}")
    parents = _git(checkout, "rev-list", "--parents", "--max-count=1", commit).split()[1:]
    return len(parents) > 1 and commit in _git(checkout, "rev-list", "--first-parent", ref, "--").split()


def _git(checkout: Path, *words: str) -> str:
    done = _ask(checkout, *words)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise _Unknown(f"git says of {checkout}: {said[0] if said else f'status {done.returncode}'}")
    return done.stdout.strip()


def _ask(checkout: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    # Variables such as GIT_DIR, which hooks and pipelines set, would lead to another repository.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(  # noqa: S603 - no shell; the words are ours, or follow a prefix of ours
        ["git", "-C", str(checkout), *words],  # noqa: S607 - the git of the PATH, as the user's own
        env=surroundings | QUIET,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=WITHIN,
        check=False,
        stdin=subprocess.DEVNULL,
    )
