"""What a run leaves for Allure: every check once, in words that need no code to be understood."""

import getpass
import re
import socket

import pytest

from machinery.reported import KEY, label
from proveout.reports.category import CATEGORIES


def message(result):
    return result["statusDetails"].get("message", "")


def test_every_check_has_one_result_although_a_worker_crashed(made):
    assert "replacing crashed worker" in made.output
    checks = [r for r in made.results if r["fullName"].startswith("suites/")]
    assert len(checks) == 7 * 3 + 1
    assert len({r["historyId"] for r in made.results}) == len(made.results)


def test_the_same_check_has_a_history_of_its_own_in_each_environment(made):
    found = [made.of("Health is healthy", f"ceesar/{name}") for name in ("dev", "gamma", "prod")]
    assert len({r["testCaseId"] for r in found}) == 1
    assert len({r["historyId"] for r in found}) == 3
    assert found[1]["parameters"][0] == {"name": "environment", "value": "ceesar/gamma"}


def test_a_check_of_all_environments_belongs_to_the_system(made):
    result = made.of("Every environment is there", "ceesar")
    assert label(result, "suite") == ["ceesar: all environments together"]


def test_a_failure_says_what_was_seen_which_claim_it_breaks_where_to_look_and_how_to_repeat_it(made):
    result = made.of("Health is healthy", "ceesar/gamma")
    assert result["status"] == "failed"
    assert message(result).splitlines() == [
        "claim broken: saw 'healthy', expected 'fine'",
        "",
        'CC-HL-STATUS  Health field status is "healthy"',
        f"look at:  reports/{made.folder.name}/ceesar-gamma/target.log",
        "again:    pytest --env=ceesar/gamma -k test_health_is_healthy",
    ]
    assert "**CC-HL-STATUS**" in result["description"]
    assert "section of the document: Health" in result["description"]
    assert label(result, "story") == ['CC-HL-STATUS Health field status is "healthy"']


@pytest.mark.parametrize(
    ("name", "where", "status", "says"),
    [
        ("Nothing is deleted", "prod", "broken", "refused: the guard refused it: DELETE /api/problems"),
        ("Problems are listed", "prod", "broken", "defect of the suite: its setup failed: the fixture"),
        ("Health succeeds", "dev", "skipped", "not proven: skipped, not today"),
        ("The documented program", "dev", "broken", "not proven: the worker that ran it crashed"),
        ("Health is healthy", "prod", "passed", ""),
    ],
)
def test_each_way_not_to_pass_is_told_apart(made, name, where, status, says):
    result = made.of(name, f"ceesar/{where}")
    assert (result["status"], message(result)[: len(says)]) == (status, says)


def test_every_result_that_did_not_pass_is_in_exactly_one_category(made):
    for result in made.results:
        kinds = [
            category
            for category in CATEGORIES
            if re.search(category.as_json()["messageRegex"], message(result))
            and result["status"] in category.statuses
        ]
        assert len(kinds) == (result["status"] != "passed"), message(result)


def test_each_verdict_is_a_result_with_the_paragraph_of_the_terminal(made):
    expected = {
        "dev": ("broken", "HOLD 6/20"),
        "gamma": ("failed", "FAIL 6/22"),
        "prod": ("broken", "HOLD 6/21"),
    }
    for name, (status, word) in expected.items():
        result = made.of("Verdict", f"ceesar/{name}")
        assert (result["status"], result["name"]) == (status, f"Verdict on ceesar/{name}: {word}")
        (attached,) = result["attachments"]
        text = (made.folder / "allure-results" / attached["source"]).read_text()
        for line in filter(str.strip, text.splitlines()):
            assert line in made.output
            assert line in result["description"]
    assert message(made.of("Verdict", "ceesar/gamma")) == "claim broken: CC-HL-STATUS, CC-HL-VERSION"
    assert message(made.of("Verdict", "ceesar/prod")).startswith("refused: ")


def test_every_claim_without_a_result_is_told_with_its_reason(made):
    result = made.of("CC-UI-LIST", "ceesar/dev")
    assert (result["status"], message(result)) == ("skipped", "not proven: no check in this suite yet")
    told = [r["name"].partition(":")[0] for r in made.results if "unverified" in label(r, "tag")]
    assert "CC-HL-STATUS" not in told
    assert told.count("CC-HL-ENVIRONMENT") == 3


def test_a_secret_is_masked_in_results_that_stay(made):
    result = made.of("The version is no secret", "ceesar/gamma")
    assert message(result).startswith("claim broken: the version is [secret]")
    assert "and was removed" not in made.output
    for file in made.folder.glob("allure-results/*"):
        assert KEY not in file.read_text(), file.name


def test_results_name_no_person_no_host_and_no_folder_of_this_machine(made):
    values = {pair["value"] for r in made.results for pair in r["labels"] + r["parameters"]}
    assert not values & {socket.gethostname(), getpass.getuser()}
    whole = "".join(file.read_text() for file in made.folder.glob("allure-results/*-result.json"))
    assert str(made.folder.parents[1]) not in whole


def test_what_was_run_stands_beside_the_results(made):
    rows = dict(
        line.split(" = ", 1)
        for line in (made.folder / "allure-results" / "environment.properties").read_text().splitlines()
    )
    assert rows["ceesar/gamma"] == "FAIL 6/22, reference, 1.0.0"
    assert rows["selection"] == "--env=ceesar -m 'smoke'"
    assert rows["run"] == made.folder.name
