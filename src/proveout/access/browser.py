"""Browser: a target's web pages as a visitor sees them, each in a fresh context behind the guard."""

import re
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from proveout.access.answer import Wrong
from proveout.access.chromium import STARTING, Chromium, NoBrowser, close, lacking, shared
from proveout.access.page import Page, sentence
from proveout.access.traffic import Traffic
from proveout.providers.target import Target
from proveout.safety.guard import Guard

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext
    from playwright.sync_api import Page as Sheet

__all__ = ["Browser", "Chromium", "NoBrowser", "close", "lacking"]

VIEW = {"width": 1280, "height": 900}
ENDING = 10.0


class Browser:
    """Opens pages of one target for one check.

    `folder` is where pictures of pages that failed are kept, `name` what they are called after.
    """

    def __init__(
        self,
        target: Target,
        guard: Guard,
        *,
        folder: Path | None = None,
        name: str = "page",
        chromium: Chromium | None = None,
    ) -> None:
        """Start the browser if it is not running yet.

        Raises:
            NoBrowser: it does not start.
        """
        self.target = target
        self.guard = guard
        self._folder = folder
        self._name = re.sub(r"[^\w.-]+", "-", name).strip("-")
        self._chromium = chromium or shared()
        self._opened: list[tuple[Page, BrowserContext, int]] = []
        self._address = _address(target.url)
        self._chromium.do(lambda: self._chromium.reaching(self._address), STARTING)

    def open(self, path: str = "/") -> Page:
        """Open a page in a context of its own: no other page's cookies, storage or cache.

        Raises:
            Wrong: it does not open, or is not answered with 200.
            Refused: the guard does not let it out.
        """
        __tracebackhide__ = True
        from playwright.sync_api import Error  # noqa: PLC0415 - only checks of pages pay for it

        try:
            page = self._chromium.do(self._new_page, ENDING)
        except Error as error:
            raise Wrong(f"no page can be opened: {sentence(error, ENDING)}") from None
        what = f"GET {path}"
        limit = 2 * page.patience

        def go(sheet: "Sheet") -> int | None:
            try:
                response = sheet.goto(self.target.url + path)
            except Error as error:
                if page.traffic.status is None or "RESPONSE_CODE_FAILURE" not in str(error):
                    raise
                return page.traffic.status  # a failure without a body is no page for Chromium
            return response.status if response else None

        status = page.ask(go, what, within=limit)
        if status != 200:
            raise page.wrong(f"{what} answered {status}; expected a web page")
        return page

    def _new_page(self) -> Page:
        context = self._chromium.reaching(self._address).new_context(
            viewport=VIEW,  # type: ignore[arg-type]
            accept_downloads=False,
            service_workers="block",
            reduced_motion="reduce",
            locale="en-US",
        )
        traffic = Traffic(self.guard)
        traffic.watch(context)
        sheet = context.new_page()
        traffic.watch_redirects(sheet)
        picture = None
        if self._folder is not None:
            number = f"-{len(self._opened) + 1}" if self._opened else ""
            picture = self._folder / f"{self._name}{number}.png"
        patience = self.guard.budgets.answer
        do = partial(self._chromium.do, age=self._chromium.age)
        page = Page(do, sheet, traffic, patience=patience, picture=picture)
        context.on("weberror", lambda error: page.note_error(str(error.error)))
        self._opened.append((page, context, self._chromium.age))
        return page

    def close(self, *, failed: bool = False) -> None:
        """Close all pages; if the check failed, keep a picture of each first."""
        from playwright.sync_api import Error  # noqa: PLC0415 - as above

        while self._opened:
            page, context, age = self._opened.pop()
            if failed:
                page.picture()
            try:
                self._chromium.do(context.close, ENDING, age=age)
            except (Error, Wrong):  # the browser ended on its own: there is nothing left to close
                continue
            finally:
                page.traffic.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(failed=error is not None)


def _address(url: str) -> str:
    """Return host and port of a URL as Chromium writes them."""
    parts = httpx.URL(url)
    host = parts.raw_host.decode("ascii")
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port or {'http': 80, 'https': 443}[parts.scheme]}"
