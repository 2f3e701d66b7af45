"""`proveout soak`: how a soak stands, and its verdict, from the ledger alone."""

import json
import shutil
from dataclasses import replace

import pytest

from machinery import ledgers
from proveout.cli import main
from proveout.load.lock import Lock
from proveout.load.reading import read
from proveout.soak import page as pages


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with three soaks: two of staging, of which the newer is not at its end, and one of dev."""
    soaks = tmp_path / "reports" / "soaks"
    half = replace(ledgers.REHEARSAL, until=150.0)
    ledgers.write(soaks / "gaia-staging" / "20260301-060000-aaaa", ledgers.REHEARSAL)
    ledgers.write(soaks / "gaia-staging" / "20260302-060000-bbbb", half)
    failed = replace(ledgers.REHEARSAL, restarts=(150.0,))
    ledgers.write(soaks / "gaia-dev" / "20260302-070000-cccc", failed)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch):
    """Leave out the pictures; they have tests of their own and take their time."""
    monkeypatch.setattr(pages, "pictures", lambda ledger, judged: [])  # noqa: ARG005 - as the one it replaces


@pytest.fixture
def soak(capsys, checkout):  # noqa: ARG001 - where the command is run
    """Return what runs the command in this process; it gives exit code, output and complaints."""

    def run(*words):
        code = main(["soak", *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_status_without_a_name_is_of_the_newest(soak):
    code, out, _ = soak("status")
    assert code == 0
    assert "next: proveout soak report reports/soaks/gaia-dev/20260302-070000-cccc" in out


@pytest.mark.parametrize("word", ["gaia/staging", "staging", "reports/soaks/gaia-staging"])
def test_status_of_an_environment_is_of_its_newest_soak(soak, word):
    code, out, _ = soak("status", word)
    assert code == 0
    assert "gaia/staging  reference  http://127.0.0.1:8082  version 2.3.1" in out
    assert "2 min 30 s of 5 min measured, 50 % (rehearsal); segment 1" in out
    assert "nobody is at it; measured until 2026-03-02 06:02:30 UTC" in out
    assert "next: pytest --env=gaia/staging -m soak --soak-resume" in out


def test_status_tells_of_requests_against_their_budgets_of_errors_and_of_the_target(soak):
    _, out, _ = soak("status", "staging")
    rows = {line.split("  ")[0]: line.split() for line in out.splitlines() if line.startswith("GET /")}
    assert rows["GET /health"][6:8] == ["250", "ms"]
    assert "of what may fail has failed" in out
    assert "RSS " in out
    assert "findings  none" in out


def test_status_says_who_is_at_it(checkout, soak):
    folder = checkout / "reports/soaks/gaia-staging/20260302-060000-bbbb"
    with Lock(folder):
        _, out, _ = soak("status", folder)
        facts = json.loads(soak("status", folder, "--json")[1])
    assert "running: pid " in out
    assert "about 2 min 30 s to go" in out
    assert "next: proveout soak status reports/soaks/gaia-staging/20260302-060000-bbbb" in out
    assert facts["running"].startswith("pid ")
    assert json.loads(soak("status", folder, "--json")[1])["running"] is None


def test_status_for_programs_has_every_figure(soak):
    code, out, _ = soak("status", "gaia/dev", "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["complete"], facts["valid"], facts["duration"]) == (True, 300.0, 300.0)
    assert facts["ledger"]["environment"] == "gaia/staging"
    assert {asked["name"] for asked in facts["names"]} == set(ledgers.NAMES)
    assert [finding["kind"] for finding in facts["findings"]] == ["restarted"]
    assert facts["next"] == "proveout soak report reports/soaks/gaia-dev/20260302-070000-cccc"


@pytest.mark.parametrize(
    ("folder", "exit_code", "says"),
    [
        ("gaia-staging/20260301-060000-aaaa", 0, "PASS (rehearsal 5m)"),
        ("gaia-dev/20260302-070000-cccc", 1, "FAIL  restarts: "),
        ("gaia-staging/20260302-060000-bbbb", 20, "HOLD  coverage: "),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_report_ends_as_the_verdict_says(checkout, soak, folder, exit_code, says):
    code, out, _ = soak("report", checkout / "reports/soaks" / folder)
    assert code == exit_code
    assert says in out
    assert f"reports/soaks/{folder}/report.html   open it in a browser" in out
    assert (checkout / "reports/soaks" / folder / "report.html").read_text().startswith("<!doctype html>")


@pytest.mark.usefixtures("undrawn")
def test_a_copied_ledger_gives_the_same_page_on_another_machine(checkout, soak, tmp_path):
    here = checkout / "reports/soaks/gaia-staging/20260301-060000-aaaa"
    there = tmp_path / "elsewhere" / here.name
    shutil.copytree(here, there)
    assert soak("report", here, "--out", tmp_path / "here.html")[0] == 0
    assert soak("report", there, "--out", tmp_path / "there.html")[0] == 0
    assert (tmp_path / "there.html").read_bytes() == (tmp_path / "here.html").read_bytes()
    assert read(there).head == read(here).head


def torn(path, line):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:line]) + lines[line][:20] + "\n" + "".join(lines[line + 1 :]))


@pytest.mark.parametrize("action", ["status", "report"])
@pytest.mark.usefixtures("undrawn")
def test_a_ledger_that_is_torn_in_the_middle_is_held_with_the_place(checkout, soak, action):
    folder = checkout / "reports/soaks/gaia-staging/20260301-060000-aaaa"
    torn(folder / "samples.jsonl", 4)
    code, out, err = soak(action, folder)
    assert (code, out) == (20, "")
    assert "samples.jsonl:5" in err
    assert "next: " in err
    assert not (folder / "report.html").exists()


def test_a_torn_last_line_is_left_out_and_told(checkout, soak):
    folder = checkout / "reports/soaks/gaia-staging/20260302-060000-bbbb"
    with (folder / "samples.jsonl").open("a") as file:
        file.write('{"number": 99, "segm')
    code, out, _ = soak("status", folder)
    assert code == 0
    assert "trouble   " in out


@pytest.mark.usefixtures("undrawn")
def test_a_profile_that_is_another_one_is_held(checkout, soak):
    folder = checkout / "reports/soaks/gaia-staging/20260301-060000-aaaa"
    (folder / "profile.toml").write_text(ledgers.PROFILE.replace("24h", "12h"))
    code, _, err = soak("report", folder)
    assert code == 20
    assert "is not the profile the ledger is about" in err


@pytest.mark.parametrize("word", ["nowhere", "gaia/stagin", "reports"])
def test_what_is_no_ledger_is_a_mistake_of_the_command_line(soak, word):
    for action in ("status", "report"):
        code, _, err = soak(action, word)
        assert code == 2
        assert f'"{word}" is neither the folder of a ledger nor an environment' in err
    assert ("did you mean gaia/staging" in err) == (word == "gaia/stagin")


def test_where_nothing_was_soaked_the_command_that_begins_is_named(soak, tmp_path):
    code, _, err = soak("status", "--root", tmp_path / "empty")
    assert code == 2
    assert "next: pytest --env=gaia/staging -m soak --soak-duration=5m" in err


@pytest.mark.usefixtures("undrawn")
def test_a_page_that_cannot_be_written_is_told(checkout, soak):
    (checkout / "file").write_text("")
    code, _, err = soak("report", "gaia/dev", "--out", "file/page.html")
    assert code == 2
    assert "next: name another place with --out FILE" in err
