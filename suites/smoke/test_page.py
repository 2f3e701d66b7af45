"""The web page of CeesarCode in a real browser: the flows without which nobody can work with it."""

import secrets

import pytest

from proveout import verifies
from proveout.access.ceesar_page import BEFORE_THE_CHOICE, BEFORE_THE_RUN, TITLE, CeesarPage
from proveout.access.solution import solvable, takes_python, unsolvable

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


def worth_opening(problems):
    """Return one problem with a statement, and one whose id has to be encoded if there is any."""
    titles = [problem["Title"] for problem in problems]
    plain = [p for p in problems if titles.count(p["Title"]) == 1 and p.get("Statement")]
    encoded = [p for p in plain if not p["ID"].replace("-", "").isalnum()]
    return [*plain[:1], *[p for p in encoded if p not in plain[:1]][:1]]


@verifies("CC-UI-LIST")
def test_the_page_lists_every_problem(ceesar, browser):
    problems = ceesar.problems()
    assert problems, "there are no problems to list"
    page = CeesarPage.of(browser)
    assert page.heading("Problems", level=2)
    assert page.lists(problem["Title"] for problem in problems)
    assert page.title == TITLE
    assert page.errors == []


@verifies("CC-UI-OPEN")
def test_a_chosen_problem_shows_its_statement_and_an_editor(ceesar, browser):
    problems = worth_opening(ceesar.problems())
    assert problems, "there is no problem with a statement to open"
    for problem in problems:
        page = CeesarPage.of(browser)
        assert page.shows(BEFORE_THE_CHOICE)
        page.choose(problem["Title"])
        assert page.chosen == problem["ID"]
        assert page.heading(problem["Title"], level=2)
        assert page.heading("Problem Statement", level=4)
        assert page.states(problem["Statement"])
        assert page.heading("Code Editor", level=4)
        assert page.languages & set(problem["Languages"]), "no language of the problem can be selected"
        assert page.button("Run")
        assert page.button("Submit")


@verifies("CC-UI-RUN")
def test_a_program_is_run_and_its_output_is_shown(ceesar, browser):
    problem = next((p for p in ceesar.problems() if takes_python(p)), None)
    assert problem, "there is no problem to be solved in Python"
    word = secrets.token_hex(8)
    page = CeesarPage.of(browser)
    page.choose(problem["Title"])
    assert page.shows(BEFORE_THE_RUN)
    page.write("python", f"print({word!r}[::-1])")  # the program itself does not hold what it prints
    assert page.run(expected=word[::-1])


@verifies("CC-UI-SUBMIT")
def test_a_submission_shows_its_verdict_and_its_tests(ceesar, browser):
    problem, solution = solvable(ceesar, ceesar.problems())
    for program, verdict in ((solution, "Accepted"), (unsolvable(), "Rejected")):
        page = CeesarPage.of(browser)
        page.choose(problem["Title"])
        page.write("python", program)
        judged = page.submit()
        assert judged.verdict == verdict
        assert judged.hidden_tests == [], "tests that the page does not show"
