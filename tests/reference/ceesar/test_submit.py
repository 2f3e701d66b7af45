"""Judging: verdicts, the statuses of tests, and how outputs are compared."""

import pytest

from proveout_reference.ceesar.checker import first_difference

MEAN = "import sys\nv = [float(x) for x in sys.stdin.read().split()[1:]]\nprint(f'{sum(v) / len(v):.1f}')"


def test_a_right_program_is_accepted(server):
    answer = server.submit("float-mean", MEAN).json()
    assert answer["verdict"] == "Accepted"
    assert [test["name"] for test in answer["tests"]] == ["01", "02", "03", "04"]
    for test in answer["tests"]:
        assert set(test) == {"name", "status", "time_ms", "message"}
        assert test["status"] == "AC"
        assert isinstance(test["time_ms"], int)


def test_a_wrong_program_is_rejected(server):
    answer = server.submit("float-mean", "print('2.0')").json()
    assert answer["verdict"] == "Rejected"
    assert [test["status"] for test in answer["tests"]] == ["AC", "WA", "WA", "WA"]
    assert answer["tests"][1]["message"] == "line 1: expected '-4.5', found '2.0'"


def test_a_failing_program_is_rejected_with_the_reason(server):
    answer = server.submit("river crossing", "1 / 0").json()
    assert answer["verdict"] == "Rejected"
    assert {test["status"] for test in answer["tests"]} == {"RE"}
    assert "ZeroDivisionError" in answer["tests"][0]["message"]


def test_a_program_that_is_too_slow_fails(make_server):
    server = make_server(EXECUTION_TIMEOUT_SECONDS="0.3")
    answer = server.submit("longest-quiet-run", "while True: pass").json()
    assert [test["message"] for test in answer["tests"]] == ["execution timed out after 0.3 s"] * 3


def test_a_program_that_does_not_compile_is_an_error(server):
    answer = server.submit("float-mean", "int main(", language="c").json()
    assert answer["verdict"] == "Error"
    assert answer["tests"][0]["status"] in {"RE", "IE"}
    assert answer["tests"][0]["message"]


def test_a_language_that_is_missing_is_an_error(server):
    answer = server.submit("float-mean", "fn main() {}", language="swift").json()
    assert answer["verdict"] == "Error"
    assert {test["status"] for test in answer["tests"]} == {"IE"}


def test_a_part_is_chosen_by_its_number(server):
    first = server.submit("shelf-planner", "print(3)").json()
    second = server.submit("shelf-planner", "print(3)", PartNumber=2).json()
    assert [test["status"] for test in first["tests"]] == ["AC", "AC", "WA"]
    assert [test["status"] for test in second["tests"]] == ["WA", "WA", "WA"]
    assert server.submit("shelf-planner", "print(3)", PartNumber=9).status_code == 404
    assert server.submit("shelf-planner", "print(3)", PartNumber="2").status_code == 400


@pytest.mark.parametrize("problem", ["nope", "../float-mean", "%2e%2e"])
def test_an_unknown_problem_is_not_found(server, problem):
    assert server.submit(problem, "print(1)").status_code == 404


def test_a_problem_must_be_named(server):
    assert server.submit("", "print(1)").status_code == 400


@pytest.mark.parametrize("printed", ["1 2\n3\n", "1 2\n3", "1   2 \n 3\n\n\n", "1\t2\r\n3\r\n"])
def test_blanks_do_not_matter(printed):
    assert first_difference("1 2\n3\n", printed) == ""


@pytest.mark.parametrize("printed", ["", "1 2", "12\n3", "1\n2\n3", "1 2\n3\n4", "1 2\n\n3", "1 2\n3.0"])
def test_words_and_lines_do(printed):
    assert first_difference("1 2\n3\n", printed).startswith("line ")
