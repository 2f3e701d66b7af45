import pytest
from pydantic import ValidationError

from proveout.model.system import LogForm


def form(**changes):
    usual = {"levels": ["debug", "info"], "level": r"level=(\w+)", "request_level": "info"}
    return LogForm.model_validate(usual | changes)


def test_a_pattern_of_a_value_says_where_the_value_stands():
    assert form(startup={"PORT": "port={value}"}).startup == {"PORT": "port={value}"}
    with pytest.raises(ValidationError, match=r"write \{value\} where the value stands"):
        form(startup={"PORT": r"port=\d+"})


@pytest.mark.parametrize("change", [{"level": "("}, {"startup": {"PORT": "({value}"}}], ids=str)
def test_what_is_no_regular_expression_is_refused(change):
    with pytest.raises(ValidationError, match="not a regular expression"):
        form(**change)


def test_a_pattern_of_the_level_needs_a_group_that_holds_the_level():
    with pytest.raises(ValidationError, match="group"):
        form(level=r"level=\w+")


def test_requests_are_logged_at_one_of_the_levels():
    with pytest.raises(ValidationError, match="request_level"):
        form(request_level="verbose")
