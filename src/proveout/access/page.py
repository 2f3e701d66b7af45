"""Page: a web page as somebody who looks at it, and what is said when it is not as it should be."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from proveout.access.answer import Unreachable, Wrong, excerpt
from proveout.access.traffic import Traffic
from proveout.model.wording import plain

if TYPE_CHECKING:
    from playwright.sync_api import Locator
    from playwright.sync_api import Page as Sheet

T = TypeVar("T")

GLANCE = 0.05  # seconds between two looks
REST = 0.2  # seconds without a request after which a page has come to rest
PICTURE = 3.0
VISIBLE = "visible=true"


Do = Callable[[Callable[[], Any], float], Any]  # does something in the browser's thread, in time


class Page:
    """One page, looked at and used by role and text; every trouble is a readable failure.

    A look waits for what it looks for: as long as answers are on their way, and `patience` seconds more.
    """

    def __init__(
        self, do: Do, sheet: "Sheet", traffic: Traffic, *, patience: float, picture: Path | None
    ) -> None:
        self.traffic = traffic
        self.patience = patience
        self._do = do
        self._sheet = sheet
        self._picture = picture
        self._taken = False
        self._scripts: list[str] = []

    def note_error(self, message: str) -> None:
        """Remember an error of the page's own scripts."""
        self._scripts.append(plain(message.strip().partition("\n")[0], 200))

    def ask(self, question: "Callable[[Sheet], T]", what: str, *, within: float | None = None) -> T:
        """Ask Playwright's page something and return the answer; `what` says what for, should it fail.

        Raises:
            Wrong: the page does not let it happen in time.
            Refused: the page asked the target for something that the guard did not let out.
        """
        __tracebackhide__ = True
        from playwright.sync_api import Error  # noqa: PLC0415 - only checks of pages pay for it

        limit = self.patience if within is None else within

        def step() -> T:
            self._sheet.set_default_timeout(limit * 1000)
            return question(self._sheet)

        try:
            answer: T = self._do(step, limit)
        except Error as error:
            self._refuse()
            text = f"{what}: {sentence(error, limit)}"
            raise self.wrong(text, unreachable=_is_unreachable(error)) from None
        self._refuse()
        return answer

    def until(self, question: "Callable[[Sheet], T | None]", what: str, *, within: float | None = None) -> T:
        """Ask again until the answer is not None and return it; `what` says what is missing without it.

        `within` bounds the whole time in seconds, also while answers are on their way.

        Raises:
            Wrong: there is no answer.
        """
        __tracebackhide__ = True
        from playwright.sync_api import Error  # noqa: PLC0415 - as above

        def settled(sheet: "Sheet") -> T | None:
            try:
                return question(sheet)
            except Error as error:
                if "context was destroyed" in str(error):  # the page is just being replaced by another
                    return None
                raise

        limit = within or 2 * self.patience
        begun = moved = time.monotonic()
        while True:
            answer = self.ask(settled, what)
            if answer is not None:
                return answer
            now = time.monotonic()
            if self.traffic.waiting:
                moved = now
            if now - moved > self.patience or now - begun > limit:
                raise self.wrong(f"{what} within {now - begun:.0f} s")
            self._pause(GLANCE)

    def rest(self) -> None:
        """Wait until the page asks for nothing any more, at most the page's patience."""
        __tracebackhide__ = True
        begun = moved = time.monotonic()
        while time.monotonic() - begun < self.patience and time.monotonic() - moved < REST:
            self._pause(GLANCE)
            if self.traffic.waiting:
                moved = time.monotonic()

    def _pause(self, seconds: float) -> None:
        __tracebackhide__ = True
        self.ask(lambda sheet: sheet.wait_for_timeout(seconds * 1000), "the page went away")

    @property
    def title(self) -> str:
        """Return the title of the page."""
        __tracebackhide__ = True
        return self.ask(lambda sheet: sheet.title(), "the page has no title")

    @property
    def fragment(self) -> str:
        """Return what stands after # in the page's address."""
        __tracebackhide__ = True
        return urlsplit(self.ask(lambda sheet: sheet.url, "the page has no address")).fragment

    @property
    def text(self) -> str:
        """Return the text that can be seen."""
        __tracebackhide__ = True
        return str(self.ask(lambda sheet: sheet.evaluate(SEEN), "the page has no text"))

    @property
    def errors(self) -> list[str]:
        """Return the errors of its scripts, and the parts of the page that the target did not deliver."""
        __tracebackhide__ = True
        self._pause(GLANCE)  # what has happened is reported before the pause ends
        return [*self._scripts, *self.traffic.failed]

    def shows(self, text: str, *, within: float | None = None) -> bool:
        """Return True once the text can be seen.

        Raises:
            Wrong: it does not appear.
        """
        __tracebackhide__ = True
        wanted = " ".join(text.split())

        def seen(sheet: "Sheet") -> bool | None:
            return wanted in " ".join(str(sheet.evaluate(SEEN)).split()) or None

        return self.until(seen, f'the page does not show "{plain(text)}"', within=within)

    def heading(self, name: str | re.Pattern[str], *, level: int | None = None) -> bool:
        """Return True once there is a heading that says so, with other words around it or not.

        Raises:
            Wrong: there is none.
        """
        __tracebackhide__ = True
        kind = f"h{level}" if level else "heading"
        pattern = whole_words(name) if isinstance(name, str) else name

        def found(sheet: "Sheet") -> bool | None:
            headings = sheet.get_by_role("heading", name=pattern, level=level)
            return headings.locator(VISIBLE).count() > 0 or None

        return self.until(
            found, f'the page shows no {kind} "{name if isinstance(name, str) else name.pattern}"'
        )

    def button(self, name: str) -> bool:
        """Return True once there is a button of this name that can be pressed.

        Raises:
            Wrong: there is none.
        """
        __tracebackhide__ = True

        def found(sheet: "Sheet") -> bool | None:
            button = _button(sheet, name)
            return (button is not None and button.is_enabled()) or None

        return self.until(found, f'the page shows no button "{name}" that can be pressed')

    def press(self, name: str) -> None:
        """Press the button of this name.

        Raises:
            Wrong: there is none, or it cannot be pressed.
        """
        __tracebackhide__ = True
        self.button(name)

        def click(sheet: "Sheet") -> None:
            button = _button(sheet, name)
            if button is not None:
                button.click()

        self.ask(click, f'the button "{name}" cannot be pressed')

    def answered(self, call: str) -> Any:
        """Return the JSON that the target last answered to a call of the page, such as "POST /api/run".

        Raises:
            Wrong: the page never made the call, or the answer is not JSON.
        """
        __tracebackhide__ = True
        response = self.traffic.answers.get(call)
        if response is None:
            raise self.wrong(f"the page did not call {call}")

        body = self.ask(lambda _: response.body(), f"the answer to {call} cannot be read")
        try:
            return json.loads(body)
        except ValueError:
            raise self.wrong(f"{call} answered {excerpt(body)}; expected JSON") from None

    def wrong(self, text: str, *, unreachable: bool = False) -> Wrong:
        """Return the failure that says so, with what else went wrong in the page; keeps a picture of it."""
        self.picture()
        asked = [call for call in self.traffic.asked if call.startswith("POST") or not call.endswith(" 200")]
        hints = [f"script error: {error}" for error in self._scripts[:2]]
        hints += [failure for failure in self.traffic.failed if failure not in text][:2]
        hints += [f"the page asked {call}" for call in asked[-2:]]
        hints += [f"it wanted {url}, which is not the target: not asked" for url in self.traffic.foreign[:2]]
        return (Unreachable if unreachable else Wrong)("; ".join([text, *hints]))

    def picture(self) -> Path | None:
        """Save what the page looks like now, once, and attach it to the Allure result."""
        if self._picture is None or self._taken:
            return None
        self._taken = True
        from playwright.sync_api import Error  # noqa: PLC0415 - as above

        try:
            image = self._do(lambda: self._sheet.screenshot(timeout=PICTURE * 1000), PICTURE)
        except (Error, Wrong):  # a page that broke down has no picture; the failure has its text
            return None
        self._picture.parent.mkdir(parents=True, exist_ok=True)
        self._picture.write_bytes(image)
        import allure  # noqa: PLC0415 - only failures pay for it; without its plugin attaching does nothing

        allure.attach(image, self._picture.stem, allure.attachment_type.PNG)
        return self._picture

    def _refuse(self) -> None:
        __tracebackhide__ = True
        if self.traffic.refused is not None:
            raise self.traffic.refused


SEEN = "() => document.body ? document.body.innerText : ''"


def whole_words(text: str) -> re.Pattern[str]:
    """Return a pattern that finds the text as words of their own."""
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)


def sentence(error: Exception, limit: float) -> str:
    """Return what Playwright's error says, in a few words."""
    text = str(error)
    first = text.strip().partition("\n")[0]
    if type(error).__name__ == "TimeoutError":
        return f"not within {limit:g} s"
    if "crashed" in first:
        return "the page crashed"
    if type(error).__name__ == "TargetClosedError":
        return "the page was closed"
    if code := re.search(r"net::ERR_(\w+)", text):
        return "the connection failed: " + code[1].lower().replace("_", " ")
    return plain(re.sub(r"^[A-Z]\w+\.\w+: ", "", first), 160)


def _is_unreachable(error: Exception) -> bool:
    return bool(re.search(r"net::ERR_(CONNECTION_REFUSED|NAME_NOT|ADDRESS_|CERT_|SSL_)", str(error)))


def _button(sheet: "Sheet", name: str) -> "Locator | None":
    """Return the button of exactly this name, else the first that has it as a word."""
    exact = sheet.get_by_role("button", name=name, exact=True).locator(VISIBLE)
    near = sheet.get_by_role("button", name=whole_words(name)).locator(VISIBLE)
    return next((found.first for found in (exact, near) if found.count()), None)
