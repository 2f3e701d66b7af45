"""What Allure and a browser show of a soak: one page, steps by the hour, pictures, and the ledger itself."""

import tarfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import allure

from proveout.load.ledger import WINDOWS
from proveout.plugin.verdict_text import SOAK_PAGE
from proveout.soak.hours import hours
from proveout.soak.page import page, write
from proveout.soak.plots import Picture, pictures

if TYPE_CHECKING:
    from proveout.plugin.run import Run
    from proveout.plugin.soak import Soaked
    from proveout.soak.judgement import Budget

# Which picture shows what a budget is about, by the first word of its name.
SHOWN = {
    "latency": "latency",
    "errors": "errors",
    "server": "errors",
    "offered": "rate",
    "rss": "memory",
    "descriptors": "resources",
    "threads": "resources",
    "disk": "resources",
    "log": "resources",
}
WHOLE = "coverage"  # the budget that tells of the soak as a whole
KEPT = ("*.json", "*.jsonl", "*.toml", "*.log", f"{WINDOWS}/*.jsonl")


class SoakReport:
    """The report on one soak; it is drawn once, however many budgets it is shown with."""

    def __init__(self, run: "Run", soaked: "Soaked") -> None:
        self._run = run
        self._soaked = soaked
        self._folder = run.folder / soaked.wish.environment.replace("/", "-")
        write(self.page, page(soaked.ledger, soaked.judged))

    @property
    def page(self) -> Path:
        """Return where the page is."""
        return self._folder / SOAK_PAGE

    def tell(self, budget: "Budget") -> None:
        """Add to the result of the check that is running: what was found, hour by hour, and pictures."""
        clean = self._run.redaction.clean
        with allure.step(clean(f"{budget.word.value}: {budget.text}")):
            for hour in hours(self._soaked.ledger):
                with allure.step(clean(f"{hour.title}: {hour.text}")):
                    pass
        picture = self._pictures.get(SHOWN.get(budget.name.split()[0], ""))
        if picture is not None:
            allure.attach(picture.png(), picture.title, allure.attachment_type.PNG)
        if budget.name == WHOLE:
            allure.attach(self.page.read_text(), "the soak on one page", allure.attachment_type.HTML)
            allure.attach(self._archive().read_bytes(), "the ledger", extension="tar.gz")

    @cached_property
    def _pictures(self) -> dict[str, Picture]:
        return {picture.name: picture for picture in pictures(self._soaked.ledger, self._soaked.judged)}

    def _archive(self) -> Path:
        """Return the ledger as one file, without the order, which is of this machine."""
        ledger = self._soaked.ledger.folder
        path = self._folder / "ledger.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for pattern in KEPT:
                for file in sorted(ledger.glob(pattern)):
                    if not file.name.startswith("order-"):
                        archive.add(file, f"{ledger.name}/{file.relative_to(ledger)}", recursive=False)
        return path
