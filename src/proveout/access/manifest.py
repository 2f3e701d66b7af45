"""The manifest of the environments: a page of Markdown that lists what stands in the tree beside it."""

import re
from collections import defaultdict

BRANCH = re.compile(r"^(?P<indent>(?:[│|]\s{3}|\s{4})*)(?:[├└|`+][─-]{2}\s)(?P<name>\S.*)$")
PATH = re.compile(r"(?<![\w./-])(?P<path>[\w.-]+(?:/[\w.-]+)+/?|[\w.-]+/)(?![\w/])")
INDENT = 4


class Manifest:
    """The paths a manifest names, by environment: as a drawn tree, or as paths in its text.

    A path may begin at the directory that holds the environments, or with that directory's own name.
    """

    def __init__(self, text: str, folder: str, known: set[str]) -> None:
        """Read the text; `folder` is the name of the directory that holds the environments."""
        self.folder = folder
        self.environments: set[str] = set()
        self._paths: dict[str, set[str]] = defaultdict(set)
        drawn = list(_drawn(text))
        for path in drawn or [found["path"] for found in PATH.finditer(text)]:
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


def _drawn(text: str) -> list[str]:
    """Return the paths of a tree drawn with branches, directories with a slash at their end."""
    paths: list[str] = []
    above: list[str] = []
    for line in text.splitlines():
        found = BRANCH.match(line)
        if found is None:
            continue
        depth = len(found["indent"]) // INDENT
        name = re.split(r"\s+(?:#|<-|←|--|—|\()", found["name"], maxsplit=1)[0].strip()
        above[depth:] = [name.rstrip("/")]
        paths.append("/".join(above) + ("/" if name.endswith("/") else ""))
    return paths
