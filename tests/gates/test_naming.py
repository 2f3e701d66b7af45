"""Whether two names may be those of one person; when in doubt they are."""

import pytest

from proveout.gates.naming import Named

ONE = [
    ("Ann", "Ann"),
    ("Ann", "ann"),
    ("ANN  SMITH", "Ann Smith"),
    ("Smith, Ann", "Ann Smith"),
    ("Ann", "Ann <ann@example.org>"),
    ("ann@example.org", "Ann <ann@example.org>"),
    ("ANN@EXAMPLE.ORG", "ann@example.org"),
    ("Somebody Else <ann@example.org>", "Ann Smith <ann@example.org>"),
    ("ann.smith@example.org", "Ann Smith"),
    ("ann_smith@example.org", "Smith Ann"),
    ("ann+release@example.org", "Ann"),
    ("<ann@example.org>", "ann"),
    ("Ann", "Ann Smith"),
    ("\uff21\uff4e\uff4e", "Ann"),
    ("Stra\u00dfe", "STRASSE"),
]
TWO = [
    ("Ann", "Bob"),
    ("Ann Smith", "Ann Miller"),
    ("Ann Smith <ann@example.org>", "Ann Miller <ann@example.com>"),
    ("bob@example.org", "ann@example.org"),
    ("Joanna", "Ann"),
]


@pytest.mark.parametrize(("one", "other"), ONE)
def test_two_ways_to_name_one_person_are_told_to_be_one(one, other):
    assert Named.of(one).may_be(Named.of(other))
    assert Named.of(other).may_be(Named.of(one))


@pytest.mark.parametrize(("one", "other"), TWO)
def test_two_people_are_told_apart(one, other):
    assert not Named.of(one).may_be(Named.of(other))
    assert not Named.of(other).may_be(Named.of(one))


@pytest.mark.parametrize("text", ["", "  ", "...", "<>", "-"])
def test_a_text_without_a_word_names_nobody(text):
    assert Named.of(text).words == frozenset()
