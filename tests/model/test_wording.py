"""Texts of strangers: nobody writes on our terminal, and nobody gets a line of their own."""

import pytest

from proveout.model.wording import in_line, plain


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
