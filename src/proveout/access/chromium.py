"""Chromium: one headless browser of this process, which can reach one target and nothing else.

Playwright lives in a thread of its own: its synchronous interface leaves an event loop running in the
thread it was started in, and checks may want one of their own. The thread also gives every step a deadline.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psutil

from proveout.access.answer import Wrong

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

T = TypeVar("T")

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",  # a proxy of the surroundings would be somebody else than the target
)
STARTING = 60.0  # seconds; a cold disk and a busy machine
ENDING = 10.0
GRACE = 5.0  # granted to the browser's own work beyond the deadline of a step


class NoBrowser(Exception):
    """The browser could not be started; nothing is said about the target."""


def lacking() -> str | None:
    """Return why no browser can be had here and what to do about it, or None; starts nothing."""
    if importlib.util.find_spec("playwright") is None:
        return 'no browser access: pip install "proveout[browser]"'
    if executable() is not None:
        return None
    chosen = os.environ.get("PROVEOUT_CHROMIUM")
    if chosen:
        return f"no browser access: PROVEOUT_CHROMIUM={chosen} is not a program"
    return "no browser access: no Chromium found (apt-get install chromium, or playwright install chromium)"


def executable() -> str | None:
    """Return the Chromium to start: the chosen one, the system's, or the one Playwright downloaded."""
    chosen = os.environ.get("PROVEOUT_CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    known = next((found for name in NAMES if (found := shutil.which(name))), None)
    return known or _downloaded()


def _downloaded() -> str | None:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = [*folder.glob("chromium-*/chrome-linux*/chrome")]
    found += folder.glob("chromium_headless_shell-*/chrome-*/*headless*shell")
    return str(max(found, key=_revision)) if found else None


def _revision(program: Path) -> tuple[int, bool]:
    name, _, number = program.parents[1].name.rpartition("-")
    return int(number) if number.isdecimal() else 0, name == "chromium"


class Chromium:
    """Starts Playwright and the browser when they are first needed; `close` ends both."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._reaches = ""
        self._driver: psutil.Process | None = None
        self.age = 0

    def do(self, work: Callable[[], T], within: float, *, age: int | None = None) -> T:
        """Do something with Playwright in its thread and return what came of it.

        What belongs to a browser that was ended meanwhile carries its `age`, and is refused.

        Raises:
            Wrong: it did not end in time; the browser is given up, the next check gets a new one.
        """
        __tracebackhide__ = True
        if age not in {None, self.age}:
            raise Wrong("the browser was ended")
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        future = self._thread.submit(work)
        try:
            return future.result(within + GRACE)
        except Late:
            if future.done():
                raise
            self._abandon()
            raise Wrong(f"the browser did not answer within {within + GRACE:g} s and was ended") from None

    def reaching(self, host_and_port: str) -> "Browser":
        """Return the browser, able to reach this address only; call it within `do`.

        Raises:
            NoBrowser: it does not start.
        """
        if self._browser is not None and self._reaches == host_and_port and self._browser.is_connected():
            return self._browser
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - only checks of pages pay

        program = executable()
        if program is None:
            raise NoBrowser(lacking() or "no browser access")
        try:
            if self._playwright is None:
                self._playwright = sync_playwright().start()
                self._driver = _driver()
            if self._browser is not None:
                self._browser.close()
            # Names and addresses alike: what is not the target does not exist for this browser, not even
            # where a redirect, a worker or a prefetch leads to.
            wall = f"MAP {host_and_port} {host_and_port}, MAP * ~NOTFOUND"
            self._browser = self._playwright.chromium.launch(
                executable_path=program,
                args=[*FLAGS, f"--host-resolver-rules={wall}"],
                handle_sigint=False,  # after Ctrl-C the run still ends in order
                timeout=STARTING * 1000,
            )
        except Error as error:
            self._browser = None
            lines = str(error).strip().splitlines()
            raise NoBrowser(f"{program} does not start: {lines[0] if lines else error!r}") from None
        self._reaches = host_and_port
        return self._browser

    def close(self) -> None:
        """End the browser and Playwright; nothing stays behind, even if they do not answer."""
        if self._thread is None:
            return
        try:
            self._thread.submit(self._end).result(ENDING)
        except Late:
            self._abandon()
        else:
            self._thread.shutdown()
            self._forget()

    def _end(self) -> None:
        from playwright.sync_api import Error  # noqa: PLC0415 - it was started, so it is imported

        try:
            if self._browser is not None:
                self._browser.close()
        except Error:
            pass  # it ended on its own; its driver is still to be ended
        if self._playwright is not None:
            self._playwright.stop()

    def _abandon(self) -> None:
        """Kill the driver and the browser: what the thread waits for then breaks off."""
        if self._driver is not None:
            try:
                doomed = [*self._driver.children(recursive=True), self._driver]
            except psutil.NoSuchProcess:
                doomed = []
            for process in doomed:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
        self._forget()

    def _forget(self) -> None:
        self._thread = self._playwright = self._browser = self._driver = None
        self._reaches = ""
        self.age += 1


def _driver() -> psutil.Process | None:
    """Return the process of Playwright's driver, a child of this one."""
    package = str(Path(sys.modules["playwright"].__file__ or "").parent)
    for child in psutil.Process().children():
        try:
            if any(package in word for word in child.cmdline()):
                return child
        except psutil.NoSuchProcess:
            continue
    return None


_SHARED = Chromium()


def shared() -> Chromium:
    """Return the browser that all checks of this process share."""
    return _SHARED


def close() -> None:
    """End the shared browser if it was ever started."""
    _SHARED.close()
