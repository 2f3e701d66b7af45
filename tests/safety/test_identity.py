import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.safety.identity import Identity, read

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def seen(content):
    return read(content, "environment", "version")


def test_a_health_answer_says_who_it_is():
    identity = seen({"environment": "gamma", "version": "1.4.2", "status": "healthy"})
    assert (identity.environment, identity.version) == ("gamma", "1.4.2")
    assert str(identity) == "gamma 1.4.2"


def test_the_fields_are_those_of_the_definition():
    assert read({"env": "gamma", "build": "7"}, "env", "build") == Identity("gamma", "7")


@pytest.mark.parametrize("version", [None, "", 5, ["1"], {}])
def test_a_version_that_is_no_text_is_none(version):
    identity = seen({"environment": "gamma", "version": version})
    assert identity.version is None
    assert str(identity) == "gamma"


@pytest.mark.parametrize(
    "content", [{}, {"environment": ""}, {"environment": 5}, {"environment": None}, {"Environment": "gamma"}]
)
def test_an_answer_without_an_environment_says_which_field_is_missing(content):
    identity = seen(content | {"version": "1"})
    assert identity.finding("gamma") == "unreadable"
    assert str(identity) == 'the health answer has no text "environment"'
    assert identity.version == "1"


@pytest.mark.parametrize("content", [None, [], "gamma", 5, True])
def test_an_answer_that_is_no_object_is_unreadable(content):
    assert seen(content).finding("gamma") == "unreadable"
    assert str(seen(content)) == "the health answer is no JSON object"


@pytest.mark.parametrize(
    ("identity", "finding"),
    [
        (Identity("gamma", "1"), "same"),
        (Identity("gamma"), "same"),
        (Identity("Gamma", "1"), "other"),
        (Identity("gamma ", "1"), "other"),
        (Identity("prod", "1"), "other"),
        (Identity(trouble="x"), "unreadable"),
        (Identity(trouble="x", reachable=False), "unreachable"),
        (Identity("gamma", reachable=False), "unreachable"),
    ],
    ids=str,
)
def test_what_a_target_says_is_compared_with_what_it_must_be(identity, finding):
    assert identity.finding("gamma") == finding


@given(anything)
def test_no_answer_whatever_breaks_the_reading(content):
    assert seen(content).finding("gamma") in {"same", "other", "unreadable"}


@pytest.mark.parametrize("field", ["environment", "version"])
@pytest.mark.parametrize("hostile", ["\x1b[2Jgamma", "gamma\nPASS 52/52", "\u202eammag", "g" * 100_000])
def test_a_hostile_name_cannot_write_on_the_terminal(field, hostile):
    said = str(seen({"environment": "gamma", "version": "1"} | {field: hostile}))
    assert said.isprintable()
    assert len(said) < 500
