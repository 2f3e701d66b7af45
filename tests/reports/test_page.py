"""The page itself, made by the real generator and opened in a real browser."""

import base64
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from machinery.reported import KEY, Made, proveout
from machinery.verification import ROOT
from proveout.access.chromium import FLAGS
from proveout.reports.history import History

ENVIRONMENTS = [f"{system} {name}" for system in ("ceesar", "gaia") for name in ("dev", "gamma", "prod")]


class Reports:
    """Two reports: of one run, and of that run and a later one over a second system."""

    def __init__(self, made: Made, root: Path) -> None:
        (root / "scripts").symlink_to(ROOT / "scripts")
        self.root = root
        self.folder = root / "reports"
        first = self.folder / made.folder.name
        shutil.copytree(made.folder / "allure-results", first / "allure-results")
        (first / "allure-results" / "half-result.json").write_text('{"name": "half", "status": "pas')
        (first / "allure-results" / "none-result.json").write_text('["no result"]')
        (first / "allure-results" / "linked-attachment.txt").symlink_to("/etc/hostname")
        self.first = proveout("report", cwd=root)
        self.once = History.read(self.folder / "history.jsonl")
        self.page = first / "report.html"
        self._later(first)
        self.second = proveout("report", made.folder.name, "29990101-000000-ffff", cwd=root)
        self.both = self.folder / "29990101-000000-ffff" / "report.html"

    def _later(self, first: Path) -> None:
        """Write what the run would leave if it were later and about the other system."""
        later = self.folder / "29990101-000000-ffff" / "allure-results"
        later.mkdir(parents=True)
        for file in first.glob("allure-results/*-attachment.txt"):
            shutil.copyfile(file, later / f"later-{file.name}", follow_symlinks=False)
        for file in first.glob("allure-results/*-*-*-result.json"):
            result = json.loads(file.read_text().replace("ceesar", "gaia"))
            result["uuid"] = f"later-{result['uuid']}"
            for attached in result.get("attachments", []):
                attached["source"] = f"later-{attached['source']}"
            (later / f"later-{file.name}").write_text(json.dumps(result))
        rows = (first / "allure-results" / "environment.properties").read_text()
        (later / "environment.properties").write_text(rows.replace("ceesar", "gaia"))


@pytest.fixture(scope="module")
def reports(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    return Reports(made, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """A page, everything it asked for, and everything it complained about."""

    def __init__(self, browser: Browser, file: Path) -> None:
        self.page = page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(20_000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        page.goto(file.as_uri())

    def home(self) -> Page:
        """Return the page where it begins."""
        self.page.evaluate("location.hash = ''")
        self.page.get_by_text(re.compile("^Environment: ")).nth(1).wait_for()
        return self.page


@pytest.fixture(scope="module")
def one(reports: Reports, chromium: Browser) -> Watched:
    """Return the report of the first run, open."""
    return Watched(chromium, reports.page)


@pytest.fixture(scope="module")
def two(reports: Reports, chromium: Browser) -> Watched:
    """Return the report of both runs, open."""
    return Watched(chromium, reports.both)


def test_a_failure_is_told_on_its_own_page(one):
    page = one.home()
    page.get_by_text("Health is healthy").nth(1).click()
    page.get_by_text("claim broken: saw 'healthy', expected 'fine'").first.wait_for()
    page.get_by_text("again:    pytest --env=ceesar/gamma -k test_health_is_healthy").first.wait_for()
    page.get_by_text("Category: Claim broken: the environment is not what its document says").wait_for()


def test_every_category_has_its_heading(one):
    page = one.home()
    page.get_by_text("Categories").first.click()
    for heading in ("Claim broken:", "Refused:", "Defect of the suite:", "Not proven:"):
        page.get_by_text(heading).first.wait_for()


def test_the_page_asks_for_nothing_but_itself(reports, one):
    page = one.home()
    page.get_by_text("Verdict on ceesar/gamma: FAIL 6/22").click()
    page.get_by_text("FAIL 6/22 (reference: says nothing about your gamma)").wait_for()
    page.get_by_text("History", exact=True).click()
    page.get_by_text("Report", exact=True).first.click()
    page.get_by_text("Graphs", exact=True).click()
    page.get_by_text("Current status").wait_for()
    local = [url for url in one.asked if url.startswith(("data:", "blob:", reports.page.as_uri()))]
    assert one.asked == local
    assert [url for url in one.asked if url.startswith("file:")] == [reports.page.as_uri()]
    assert one.complaints == []


def test_six_environments_are_told_apart_in_one_page(reports, two):
    assert "128 results" in reports.second.stdout, reports.second.stderr
    page = two.home()
    page.get_by_text("ceesar dev, gamma, prod; gaia dev, gamma, prod").first.wait_for()
    shown = page.get_by_text(re.compile('^Environment: "')).all_inner_texts()
    assert [text.split('"')[1] for text in shown] == [
        *ENVIRONMENTS[:3],
        "ceesar",
        *ENVIRONMENTS[3:],
        "gaia",
    ]


def test_the_history_shows_the_earlier_run(reports, two):
    page = two.home()
    page.get_by_text("Verdict on ceesar/gamma: FAIL 6/22").click()
    page.get_by_text(re.compile("^History")).first.click()
    page.get_by_text(re.compile(r"^\d+/\d+/\d+ at ")).first.wait_for()
    known = History.read(reports.folder / "history.jsonl")
    assert [*reports.once.lines, "29990101-000000-ffff"] == list(known.lines)


def test_a_report_made_again_does_not_repeat_itself_in_the_history(reports, made):
    before = History.read(reports.folder / "history.jsonl")
    again = proveout("report", made.folder.name, cwd=reports.root)
    assert again.returncode == 0, again.stderr
    after = History.read(reports.folder / "history.jsonl")
    assert list(after.lines) == list(before.lines)
    assert len(after.lines) == 2


def test_damaged_results_are_reported_and_left_out(reports):
    assert reports.first.returncode == 0
    said = reports.first.stderr
    assert "half-result.json was left out: it is no JSON" in said
    assert "none-result.json was left out: it is no result of Allure" in said
    assert "64 results" in reports.first.stdout


def test_the_page_holds_no_secret_and_no_folder_of_this_machine(reports):
    text = reports.both.read_text()
    inside = [
        base64.b64decode(part[: len(part) // 4 * 4]) for part in re.findall(r"[A-Za-z0-9+/]{24,}", text)
    ]
    whole = text.encode() + b"".join(inside)
    assert b"claim broken" in whole
    for strange in (KEY, str(reports.root), "proveout-report-"):
        assert strange.encode() not in whole
    history = (reports.folder / "history.jsonl").read_text()
    assert str(reports.root) not in history
    assert all(json.loads(line)["url"] == "" for line in history.splitlines())
