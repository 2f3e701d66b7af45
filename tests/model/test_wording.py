"""Words for people: strangers do not write on our terminal, and a number fits what it counts."""

import pytest

from proveout.model.wording import counted, in_line, plain, plural, times, were


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2.3.1", "2.3.1"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("one\r\n  two\tthree ", "one two three"),
        ("\u202eevil\u2028line \x9b31m", "\\x202eevil line \\x9b31m"),
        ("", ""),
    ],
)
def test_a_text_in_a_line_shows_what_it_would_do(text, seen):
    assert in_line(text) == seen
    assert in_line(text).isprintable()


def test_a_long_text_ends_with_a_mark():
    assert in_line("a" * 81) == plain("a" * 81) == "a" * 80 + "..."
    assert in_line("a" * 80 + "\n") == "a" * 80


@pytest.mark.parametrize(
    ("number", "text", "often"),
    [
        (0, "0 slots", "0 times"),
        (1, "1 slot", "once"),
        (2, "2 slots", "2 times"),
        (1440, "1,440 slots", "1,440 times"),
    ],
)
def test_a_number_goes_with_what_it_counts(number, text, often):
    assert (counted(number, "slot"), times(number)) == (text, often)


@pytest.mark.parametrize(("number", "text"), [(0, "slots were"), (1, "slot was"), (1440, "slots were")])
def test_a_noun_and_its_verb_go_with_a_number(number, text):
    assert f"{plural(number, 'slot')} {were(number)}" == text
