"""The results of one or several runs, checked and copied aside, so that nothing damaged reaches Allure."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROPERTIES = "environment.properties"
LAST = "categories.json"  # the file that a run writes last


@dataclass
class Staging:
    """A folder of checked results; `complaints` are sentences about what was left out."""

    folder: Path
    results: int = 0
    environments: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def add_all(self, folders: Iterable[Path]) -> None:
        """Copy the results of each folder; where a name occurs twice, the later folder wins."""
        for folder in folders:
            for file in sorted(folder.iterdir()):
                # A link could show anything on this machine to whoever gets the report.
                if file.is_file() and not file.is_symlink():
                    self._add(file)
        order = {name: number for number, name in enumerate(self._stated())}
        self.environments.sort(
            key=lambda name: (name.partition("/")[0], "/" not in name, order.get(name, len(order)), name)
        )

    def _stated(self) -> list[str]:
        """Return the environments in the order of the runs, which is the order of their promotion."""
        file = self.folder / PROPERTIES
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return [key for key in (line.partition(" = ")[0] for line in lines) if "/" in key]

    def _add(self, file: Path) -> None:
        target = self.folder / file.name
        if file.name == PROPERTIES:
            before = target.read_text(encoding="utf-8") if target.exists() else ""
            lines = dict.fromkeys((before + file.read_text(encoding="utf-8", errors="replace")).splitlines())
            # The page shows eight rows and hides the rest: the environments come first.
            ordered = sorted(lines, key=lambda line: "/" not in line.partition(" = ")[0])
            target.write_text("\n".join(ordered) + "\n", encoding="utf-8")
        elif file.suffix == ".json" and "-attachment" not in file.name:
            if (content := self._read(file)) is not None:
                self._note(file, content)
                shutil.copyfile(file, target)
        elif "-attachment" in file.name:
            shutil.copyfile(file, target)

    def _read(self, file: Path) -> Any:
        try:
            content = json.loads(file.read_bytes())
        except (ValueError, RecursionError) as error:
            self.complaints.append(f"{file.name} was left out: it is no JSON ({error})")
            return None
        if not _known(file.name, content):
            self.complaints.append(f"{file.name} was left out: it is no result of Allure")
            return None
        return content

    def _note(self, file: Path, content: Any) -> None:
        if not file.name.endswith("-result.json"):
            return
        self.results += 1
        labels = content.get("labels")
        for label in labels if isinstance(labels, list) else ():
            if isinstance(label, dict) and label.get("name") == "environment":
                name = str(label.get("value"))
                if name not in self.environments:
                    self.environments.append(name)


def _known(name: str, content: Any) -> bool:
    if name == LAST:
        return isinstance(content, list)
    if not isinstance(content, dict):
        return False
    return not name.endswith("-result.json") or isinstance(content.get("name"), str)
