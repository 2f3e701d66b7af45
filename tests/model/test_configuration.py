import pytest

from proveout.model.configuration import settings


def test_settings_are_the_keys_that_have_a_value():
    text = "# comment\nA=1\nB=\n#C=3\n\nD = four\nexport E='five six'\nF=\"7\"\n"
    assert settings(text) == {"A": "1", "D": "four", "E": "five six", "F": "7"}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing", "A", "A=", "{"])
def test_a_file_without_values_sets_nothing(text):
    assert settings(text) == {}


def test_no_value_is_taken_from_the_platform(monkeypatch):
    monkeypatch.setenv("HOST_NAME", "taken")
    assert settings("A=${HOST_NAME}\nB=$HOST_NAME") == {"A": "${HOST_NAME}", "B": "$HOST_NAME"}


def test_line_ends_of_other_systems_are_no_part_of_a_value():
    assert settings("A=1\r\nB=2\r\n") == {"A": "1", "B": "2"}


def test_the_last_value_of_a_key_counts():
    assert settings("A=1\nA=2\n") == {"A": "2"}
