"""The manifest of the environments: a page of Markdown that lists what stands in the tree beside it."""

import re
from collections import defaultdict

BRANCH = re.compile(r"^(?P<indent>(?:[│|]\s{3}|\s{4})*)[├└|`+][─-]{2}\s(?P<name>\S.*)$")
ROOT = re.compile(r"[\w./-]*?(?P<name>[\w.-]+)/?")
PATH = re.compile(r"(?<![\w./-])(?P<path>[\w.-]+(?:/[\w.-]+)+/?|[\w.-]+/)(?![\w/])")
# What may stand behind a name: a comment, where a link leads, or anything in a column of its own.
BEHIND = re.compile(r"\s{2,}|\t|\s(?:#|<-|->|←|→|--|—|\()")
INDENT = 4


class Manifest:
    """The paths a manifest names, by environment: as drawn trees, or else as paths in its text.

    A path may begin at the directory that holds the environments, or with that directory's own name; a tree
    may also be that of one environment.
    """

    def __init__(self, text: str, folder: str, known: set[str]) -> None:
        """Read the text; `folder` is the name of the directory that holds the environments."""
        self.folder = folder
        self.environments: set[str] = set()
        self._paths: dict[str, set[str]] = defaultdict(set)
        drawn = _drawn(text, known)
        for path in drawn or _written(text, known):
            parts = [part for part in path.split("/") if part not in {"", "."}]
            parts = parts[1:] if parts and parts[0] == folder else parts
            # In a text "data/dev_gaia.db" is a path too; only what begins with an environment is meant.
            if parts and (parts[0] in known or (drawn and path.endswith("/"))):
                self.environments.add(parts[0])
                if len(parts) > 1:
                    self._paths[parts[0]].add("/".join(parts[1:]))

    def paths(self, environment: str) -> set[str]:
        """Return what the manifest says lies below one environment's directory."""
        return self._paths[environment]


def _drawn(text: str, known: set[str]) -> list[str]:
    """Return the paths of trees drawn with branches, directories with a slash at their end."""
    paths: list[str] = []
    above: list[str] = []
    root: list[str] = []
    for line in text.splitlines():
        found = BRANCH.match(line)
        if found is None:
            # The line above a tree is the directory it is the tree of.
            named = ROOT.fullmatch(BEHIND.split(line.strip(), maxsplit=1)[0])
            root = [named["name"]] if named and named["name"] in known else []
            paths += [f"{name}/" for name in root if line.strip().endswith("/")]
            above = []
            continue
        depth = len(found["indent"]) // INDENT
        name = BEHIND.split(found["name"], maxsplit=1)[0].strip().rstrip("*")
        above[depth:] = [name.rstrip("/")]
        paths.append("/".join(root + above) + ("/" if name.endswith("/") else ""))
    return paths


def _written(text: str, known: set[str]) -> list[str]:
    """Return the paths that stand in a text; "dev/staging/prod" is an enumeration, not one."""
    found = [match["path"].rstrip(".") for match in PATH.finditer(text)]
    return [path for path in found if not ("/" in path.strip("/") and set(path.split("/")) <= known)]
