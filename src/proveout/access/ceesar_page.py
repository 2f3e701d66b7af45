"""The web page of CeesarCode, in the words of its documents: found by role and text, never by markup."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from proveout.access.answer import Wrong
from proveout.access.browser import Browser
from proveout.access.ceesar import WAITING
from proveout.access.page import SEEN, VISIBLE, Page, whole_words
from proveout.model.ceesar import CeesarEnvironment
from proveout.model.wording import plain

if TYPE_CHECKING:
    from playwright.sync_api import Locator
    from playwright.sync_api import Page as Sheet

TITLE = "CeesarCode - Online Judge"
BEFORE_THE_CHOICE = "Select a problem from the sidebar to get started"
BEFORE_THE_RUN = "Run your code to see output here..."
CHOICE = "problem="
VERDICTS = ("Accepted", "Rejected")
TRIES = 3  # a page may put a problem's stub into the editor after it has been shown

# A text area, or what Monaco and CodeMirror let people type into, below the heading of the editor.
EDITABLE = "self::textarea or @contenteditable='true' or @role='textbox'"
# What stands in the editor: its value, or the text around the place that is typed into; blanks left out.
HOLDS = """(element, lines) => {
  const bare = (text) => (text || '').replace(/[\\s\\u200b\\ufeff]/g, '');
  const has = (text) => lines.every((line) => bare(text).includes(bare(line)));
  if (has(element.value)) return true;
  for (let around = element, step = 0; around && step < 6; around = around.parentElement, step += 1) {
    if (has(around.innerText)) return true;
  }
  return false;
}"""


@dataclass(frozen=True)
class Judged:
    """What the page showed of a submission: the verdict, and the tests it did not show."""

    verdict: str
    hidden_tests: list[str]


class CeesarPage:
    """The page of one environment, as a visitor works with it."""

    def __init__(self, page: Page, environment: CeesarEnvironment) -> None:
        self.page = page
        self.environment = environment

    @classmethod
    def of(cls, browser: Browser) -> Self:
        """Open the page; see `Browser.open`."""
        __tracebackhide__ = True
        if not isinstance(browser.target.environment, CeesarEnvironment):
            raise TypeError(f"{browser.target.environment.id} is no environment of CeesarCode")
        return cls(browser.open("/"), browser.target.environment)

    @property
    def title(self) -> str:
        """Return the title of the page."""
        __tracebackhide__ = True
        return self.page.title

    @property
    def errors(self) -> list[str]:
        """Return the errors of the page's scripts and the parts of it that were not delivered."""
        __tracebackhide__ = True
        return self.page.errors

    def shows(self, text: str) -> bool:
        """Return True once the text can be seen; see `Page.shows`."""
        __tracebackhide__ = True
        return self.page.shows(text)

    def heading(self, name: str, *, level: int) -> bool:
        """Return True once there is such a heading; see `Page.heading`."""
        __tracebackhide__ = True
        return self.page.heading(name, level=level)

    def button(self, name: str) -> bool:
        """Return True once there is such a button; see `Page.button`."""
        __tracebackhide__ = True
        return self.page.button(name)

    def lists(self, titles: Iterable[str]) -> bool:
        """Return True once every title stands in one row of the list, or in as many as there are problems.

        Raises:
            Wrong: a row is missing, or there are more.
        """
        __tracebackhide__ = True
        for title, number in Counter(titles).items():
            seen: list[int] = []

            def rows(
                sheet: "Sheet", title: str = title, number: int = number, seen: list[int] = seen
            ) -> bool | None:
                seen[:] = [_saying(sheet, title).count()]
                return seen == [number] or None

            try:
                self.page.until(rows, f'the list does not show "{plain(title)}"')
            except Wrong:
                if not seen or seen == [0]:
                    raise
                text = f'the list shows "{plain(title)}" {seen[0]} times, /api/problems {number} times'
                raise self.page.wrong(text) from None
        return True

    def choose(self, title: str) -> None:
        """Click on the problem's row in the list.

        Raises:
            Wrong: there is no such row.
        """
        __tracebackhide__ = True
        self.page.until(
            lambda sheet: _saying(sheet, title).count() or None, f'the list does not show "{plain(title)}"'
        )
        what = f'the row "{plain(title)}" cannot be clicked'
        self.page.ask(lambda sheet: _saying(sheet, title).first.click(), what)

    @property
    def chosen(self) -> str:
        """Return the id in the page's address, once it names a problem."""
        __tracebackhide__ = True

        def fragment(sheet: "Sheet") -> str | None:
            _, _, text = sheet.url.partition("#")
            return text if text.startswith(CHOICE) else None

        found = self.page.until(fragment, f"the address of the page does not say #{CHOICE}<id>")
        return unquote(found.removeprefix(CHOICE))

    def states(self, statement: str) -> bool:
        """Return True once the words of a statement can be read, however the page lays them out.

        Raises:
            Wrong: they cannot.
        """
        __tracebackhide__ = True
        wanted = _words(statement)

        def read(sheet: "Sheet") -> bool | None:
            return f" {wanted} " in f" {_words(str(sheet.evaluate(SEEN)))} " or None

        return self.page.until(read, f'the page does not show the statement "{plain(statement, 40)}"')

    @property
    def languages(self) -> set[str]:
        """Return what the visible selects offer, values and labels in small letters."""
        __tracebackhide__ = True
        offered: list[list[str]] = self.page.ask(
            lambda sheet: sheet.locator("select").locator(VISIBLE).evaluate_all(OPTIONS),
            "the page has no language select",
        )
        return {word for options in offered for word in options}

    def write(self, language: str, program: str) -> None:
        """Choose a language and put a program in place of what stands in the editor.

        Raises:
            Wrong: there is no such language, no editor, or the editor does not take it.
        """
        __tracebackhide__ = True
        self.heading("Code Editor", level=4)
        self.page.rest()
        self.page.until(lambda sheet: _select(sheet, language), f"the page does not let choose {language}")
        lines = [line for line in program.splitlines() if line.strip()]
        for _ in range(TRIES):
            self.page.ask(lambda sheet: _type(sheet, program), "the Code Editor cannot be typed into")
            self.page.rest()
            if self.page.ask(lambda sheet: _holds(sheet, lines), "the Code Editor went away"):
                return
        raise self.page.wrong("the Code Editor does not keep what is typed into it")

    def run(self, expected: str) -> bool:
        """Press Run and return True once the page shows the expected output.

        Raises:
            Wrong: it does not.
        """
        __tracebackhide__ = True
        self.page.press("Run")
        return self.page.shows(expected, within=self._time_of_programs)

    def submit(self) -> Judged:
        """Press Submit and return what the page shows of the judgement.

        Raises:
            Wrong: it shows no verdict, or two.
        """
        __tracebackhide__ = True
        before = self.page.text
        self.page.press("Submit")

        def new(sheet: "Sheet") -> list[str] | None:
            return _newly_said(VERDICTS, before, str(sheet.evaluate(SEEN))) or None

        verdicts = self.page.until(new, "the page shows no verdict", within=self._time_of_programs)
        if len(verdicts) > 1:
            raise self.page.wrong(f"the page shows several verdicts: {', '.join(verdicts)}")
        answer = self.page.answered("POST /api/submit")
        tests = answer.get("tests") if isinstance(answer, dict) else None
        if not isinstance(tests, list) or not tests:
            raise self.page.wrong("POST /api/submit answered no tests")
        names = [str(test.get("name")) if isinstance(test, dict) else str(test) for test in tests]
        shown = _newly_said(names, before, self.page.text)
        return Judged(verdicts[0], [name for name in names if name not in shown])

    @property
    def _time_of_programs(self) -> float:
        return self.environment.limits.timeout + WAITING


OPTIONS = """(selects) => selects.map((select) =>
  [...select.options].flatMap((option) => [option.value.toLowerCase(), option.label.toLowerCase()]))"""


def _saying(sheet: "Sheet", text: str) -> "Locator":
    """Return what can be seen and says this and nothing else; the title of an open problem is no row."""
    rows = sheet.locator(":not(h2, h2 *)")
    return sheet.get_by_text(text, exact=True).and_(rows).locator(VISIBLE)


def _select(sheet: "Sheet", language: str) -> bool | None:
    selects = sheet.locator("select").locator(VISIBLE)
    offered: list[Any] = selects.evaluate_all(OPTIONS)
    for number, words in enumerate(offered):
        if language in words:
            select = selects.nth(number)
            options: list[list[str]] = select.evaluate(
                "(select) => [...select.options].map((option) => [option.value, option.label])"
            )
            value = next(value for value, label in options if language in {value.lower(), label.lower()})
            if select.input_value() != value:
                select.select_option(value=value)
            return True
    return None


def _editor(sheet: "Sheet") -> "Locator":
    heading = sheet.get_by_role("heading", level=4, name=whole_words("Code Editor")).locator(VISIBLE)
    return heading.first.locator(f"xpath=following::*[{EDITABLE}]").first


def _type(sheet: "Sheet", program: str) -> None:
    editor = _editor(sheet)
    editor.focus()  # Monaco covers what it lets people type into, so it cannot be clicked
    sheet.keyboard.press("ControlOrMeta+a")
    sheet.keyboard.insert_text(program)


def _holds(sheet: "Sheet", lines: list[str]) -> bool:
    return bool(_editor(sheet).evaluate(HOLDS, lines))


def _words(text: str) -> str:
    """Return the words of a text that may be written in HTML or Markdown."""
    return " ".join(re.findall(r"\w+", re.sub(r"</?[a-zA-Z][^>]*>", " ", text).replace("_", " "))).lower()


def _newly_said(words: Iterable[str], before: str, after: str) -> list[str]:
    """Return the words that can be read more often than before."""
    return [w for w in words if len(whole_words(w).findall(after)) > len(whole_words(w).findall(before))]
