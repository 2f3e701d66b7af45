from proveout.load.journal import Visit
from proveout.load.judgement import figures, judged
from proveout.model.environment import Journey

BUDGET = Journey(rate=20, duration="30s", error_share=0.01, p95="500ms")


def visits(count, *, failed=0, slow=0, late=0, overdue=False):
    """Visits of 10 ms; the first ones failed, the last ones were slow or late, by 2 s."""
    found = []
    for number in range(count):
        due = number / 20
        begun = due + (2 if number >= count - late else 0)
        took = 2 if number >= count - slow else 0.01
        error = "GET /x answered 500: b''" if number < failed else ""
        found.append(Visit(number, due, begun, begun + took, error, overdue=overdue, steps={"GET /x": took}))
    return found


def words(sample):
    return tuple(finding.word for finding in judged(sample, BUDGET))


def test_good_visits_keep_both_budgets():
    assert words(visits(299)) == ("kept", "kept")


def test_too_few_visits_prove_nothing():
    errors, p95 = judged(visits(58), BUDGET)
    assert (errors.word, p95.word) == ("open", "open")
    assert 'about 299 visits would decide: [budgets.journey] duration = "15s"' in errors.text
    assert 'about 59 visits would decide: [budgets.journey] duration = "3s"' in p95.text


def test_errors_are_judged_on_their_bounds():
    assert words(visits(600, failed=1))[0] == "kept"
    assert words(visits(600, failed=3))[0] == "open"
    errors, _ = judged(visits(600, failed=12), BUDGET)
    assert errors.word == "broken"
    assert "12 of 600 visits failed" in errors.text
    assert "the budget is 1 %; 12 times: GET /x answered 500" in errors.text


def test_the_percentile_is_judged_on_its_bounds():
    assert words(visits(600, slow=15))[1] == "kept"
    assert words(visits(600, slow=30))[1] == "open"
    _, p95 = judged(visits(600, slow=45), BUDGET)
    assert p95.word == "broken"
    assert p95.text.startswith("p95: between 2.00 s and 2.00 s; the budget is 500 ms")
    assert "45 slow visits went to GET /x (2.00 s each)" in p95.text


def test_a_failed_visit_was_not_fast():
    _, p95 = judged(visits(600, failed=100), BUDGET)
    assert p95.word == "broken"
    assert "too many visits failed" in p95.text


def test_a_late_generator_does_not_blame_the_target_for_time():
    _, p95 = judged(visits(600, late=100), BUDGET)
    assert p95.word == "open"
    assert "the load generator was late itself" in p95.text
    assert words(visits(600, late=100, failed=100, overdue=True)) == ("open", "open")


def test_a_late_generator_still_blames_the_target_for_wrong_answers():
    assert words(visits(600, late=100, failed=100))[0] == "broken"


def test_a_generator_that_is_late_now_and_then_is_good_enough():
    assert words(visits(600, late=20, slow=100)) == ("kept", "broken")


def test_the_figures_are_the_bounds_the_words_are_judged_on():
    said = figures(visits(600, failed=1, slow=15))
    assert (said["visits"], said["errors"]["count"]) == (600, 1)
    assert said["errors"]["upper"] < 0.01
    assert 0 < said["errors"]["lower"] < 1 / 600
    assert 0.009 < said["p50"]["lower"] <= said["p50"]["upper"] <= said["p95"]["upper"] < 0.5
    assert said["p99"]["upper"] > 0.5
    assert figures(visits(20))["p95"]["upper"] == float("inf")
