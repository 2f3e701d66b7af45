"""The page about a soak, opened in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from machinery import ledgers
from proveout.access.chromium import FLAGS, executable
from proveout.load.line import Finding
from proveout.load.reading import read
from proveout.model.verdict import Word
from proveout.model.wording import plain
from proveout.soak.judgement import judge
from proveout.soak.page import again, describe, page, write

HOSTILE = '"><script>document.title="taken"</script><img src=http://192.0.2.1/x onerror=alert(1)>\x1b[31m'


def judged(ledger):
    return judge(ledger, ledger.profile, ledger.profile.mix("gaia"))


@pytest.fixture(scope="module")
def soak(tmp_path_factory):
    """A rehearsal that failed, and whose target, findings and errors mean us harm."""
    day = replace(
        ledgers.REHEARSAL,
        stops=((100.0, 20.0, True),),
        restarts=(150.0,),
        failing=(220.0, 240.0),
        version=HOSTILE,
        findings=(Finding(at=ledgers.BEGAN + 60, kind="generator", text=HOSTILE),),
    )
    ledger = read(ledgers.write(tmp_path_factory.mktemp("soaks") / "day", day))
    return replace(ledger, troubles=(HOSTILE,), refused=(HOSTILE,))


@pytest.fixture(scope="module")
def html(soak):
    return page(soak, judged(soak))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, html, tmp_path):
    """Return what opens the page as a reader of some width and taste does; it may ask nobody."""
    write(tmp_path / "soak.html", html)
    asked: list[str] = []
    pages: list[Page] = []

    def open_page(width: int = 1280, scheme: str = "light") -> Page:
        shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto((tmp_path / "soak.html").as_uri())
        pages.append(shown)
        return shown

    yield open_page
    for shown in pages:
        shown.close()
    assert [url for url in asked if not url.startswith("file:") or not url.endswith("/soak.html")] == []


def test_it_begins_with_the_verdict_and_what_broke_it(opened):
    top = opened().locator("section").first.inner_text()
    assert top.startswith("FAIL (rehearsal 5m)")
    assert "FAIL restarts: " in top
    assert "5 min of 5 min" in top
    assert "it says nothing about your staging" in top


def test_every_budget_has_its_word_its_figures_and_its_reason(opened, soak):
    rows = opened().locator("section").nth(1).locator("tbody tr")
    shown = [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in rows.all()]
    budgets = judged(soak).budgets
    assert [row[:2] for row in shown] == [[budget.name, budget.word.value] for budget in budgets]
    assert [row[4] for row in shown] == [plain(" ".join(budget.text.split()), 400) for budget in budgets]
    by_name = {row[0]: row for row in shown}
    assert by_name["latency GET /health p99"][3] == "250 ms"
    assert by_name["restarts"][2:4] == ["1", "0"]


def test_findings_segments_gaps_and_hours_are_listed(opened):
    text = opened().locator("main").inner_text()
    assert re.search(r"2\t2026-03-02 06:02:50\trestarted\tthe target was restarted", text)
    assert re.search(r"1\t2026-03-02 06:00:00\t2026-03-02 06:01:40\t0 s\t1\tcheckpoint \(asked to\)", text)
    assert "nobody measured for 20 s, as planned" in text
    assert re.search(r"1\t06:00-06:05\t5 min\t[\d,]+\t\d+\t", text)


def test_errors_are_counted_by_their_kind(opened, soak):
    failed = soak.totals["GET /health"].failed
    assert failed > 0
    assert f"GET /health\tHTTP 500\t{failed}\n" in opened().locator("main").inner_text()


def test_the_profile_is_told_in_words_with_the_way_to_do_it_once_more(opened):
    text = opened().locator("main").inner_text()
    assert "Every 1 min nobody arrives for 5 s." in text
    assert "pytest --env=gaia/staging -m soak --soak-duration=5m" in text
    assert "proveout soak report day" in text


def test_nothing_that_a_stranger_wrote_is_more_than_text(opened, html):
    shown = opened()
    assert shown.title() == "FAIL: soak of gaia/staging"
    assert shown.locator("script, img, iframe, object, link").count() == 0
    assert "\x1b" not in html
    assert 'document.title="taken"' in unescape(html)


def test_it_asks_no_other_machine_even_if_it_wanted_to(html):
    assert "default-src 'none'" in html
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", html)


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(opened, width):
    shown = opened(width)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_pictures_can_be_read_in_light_and_in_dark(opened, scheme):
    shown = opened(scheme=scheme)
    for what in ("h1", "td.text", "figcaption", "svg text, svg g[id*=text] use"):
        assert contrast(shown, what) >= 4.5, what


def contrast(shown, selector):
    """Return the contrast (WCAG 2) of the first such thing with the paper behind it."""
    return shown.evaluate(
        """selector => {
          const light = colour => {
            const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
              .map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            return 0.2126 * r + 0.7152 * g + 0.0722 * b
          }
          const style = getComputedStyle(document.querySelector(selector))
          const drawn = document.querySelector(selector).closest("svg") ? style.fill : style.color
          const paper = getComputedStyle(document.querySelector("section")).backgroundColor
          const [a, b] = [light(drawn), light(paper)].sort((x, y) => y - x)
          return (a + 0.05) / (b + 0.05)
        }""",
        selector,
    )


def test_a_soak_that_is_kept_is_green_and_one_that_is_not_at_its_end_is_held(tmp_path):
    kept = read(ledgers.write(tmp_path / "kept", ledgers.REHEARSAL))
    half = read(ledgers.write(tmp_path / "half", replace(ledgers.REHEARSAL, until=150.0)))
    assert judged(kept).word is Word.PASS
    for word, ledger in ((Word.PASS, kept), (Word.HOLD, half)):
        undrawn = replace(ledger, slots=(), samples=())
        assert f'<section class="verdict {word.value}">' in page(undrawn, judged(ledger))


def test_a_profile_in_words(soak):
    assert describe(soak.profile) == [
        "5 min in all, arrivals at random, independent of each other (seed 1).",
        "For 5 min 4 visits a second, a wave of 8 more every 5 min (a working day).",
        "Every 1 min nobody arrives for 5 s.",
        "The first 30 s are left out of what is said about growth.",
        "At most 100 visits are under way at once; more are dropped, and counted.",
    ]


def test_a_live_target_is_named_in_the_command(soak):
    head = soak.head.model_copy(update={"provenance": "live", "version": "2.3.1"})
    command = "pytest --env=gaia/staging -m soak --soak-duration=5m"
    address = "--env-url=http://127.0.0.1:8082 --env-version=2.3.1"
    assert again(replace(soak, head=head))[0] == f"{command} {address}"


def test_half_a_page_is_never_found(tmp_path):
    target = tmp_path / "new" / "page.html"
    write(target, "<p>whole")
    write(target, "<p>again")
    assert target.read_text() == "<p>again"
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]
