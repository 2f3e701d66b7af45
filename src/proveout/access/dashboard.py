"""The dashboard of GAIA_GO's quotas, in a browser, next to the figures that its API answers."""

import re
from typing import Any, Self

from proveout.access.answer import Wrong
from proveout.access.browser import Browser
from proveout.access.gaia import Gaia
from proveout.access.page import SEEN, Page

PATH = "/admin/quotas"
ABOUT = re.compile("quota", re.IGNORECASE)
FIGURES = {"/api/admin/quotas/status": "total_users", "/api/admin/quotas/rules": "total_rules"}


class Dashboard:
    """The page as somebody sees it who looks after the quotas."""

    def __init__(self, gaia: Gaia, page: Page) -> None:
        self.gaia = gaia
        self.page = page

    @classmethod
    def of(cls, gaia: Gaia, browser: Browser) -> Self:
        """Open the dashboard; see `Browser.open`."""
        __tracebackhide__ = True
        return cls(gaia, browser.open(PATH))

    def is_about_quotas(self) -> bool:
        """Return True once a heading of the page speaks of quotas.

        Raises:
            Wrong: none does.
        """
        __tracebackhide__ = True
        return self.page.heading(ABOUT)

    @property
    def errors(self) -> list[str]:
        """Return the errors of the page's scripts and the parts of it that were not delivered."""
        __tracebackhide__ = True
        return self.page.errors

    def figures(self) -> dict[str, int]:
        """Return how many users and rules the API says there are.

        Raises:
            Wrong: it does not say a number.
        """
        __tracebackhide__ = True
        return {name: self._figure(path, name) for path, name in FIGURES.items()}

    def shows_one_of(self, *figures: int) -> bool:
        """Return True once one of the numbers can be read, standing for itself.

        Raises:
            Wrong: none can.
        """
        __tracebackhide__ = True
        wanted = re.compile(rf"(?<![\w.,:-])({'|'.join(str(figure) for figure in figures)})(?![\w.,:-])")

        def seen(sheet: Any) -> bool | None:
            return bool(wanted.search(str(sheet.evaluate(SEEN)))) or None

        numbers = " or ".join(str(figure) for figure in dict.fromkeys(figures))
        return self.page.until(seen, f"the dashboard does not show {numbers}")

    def _figure(self, path: str, name: str) -> int:
        __tracebackhide__ = True
        answer = self.gaia.http.get(path).ok()
        figure = answer.object().get(name)
        if not isinstance(figure, int) or isinstance(figure, bool):
            raise Wrong(f"{answer}; expected a number {name}")
        return figure
