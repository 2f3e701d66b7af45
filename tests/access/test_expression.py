import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machinery.effort import effort
from proveout.access.answer import Wrong
from proveout.access.expression import in_condition, in_text


@pytest.mark.parametrize(
    "text",
    [
        "github.ref == 'refs/heads/main'",
        "github.event.pull_request.labels.*.name",
        "github['ref_name']",
        "github.event.commits[0].message",
        "matrix[*]",
        "(github.actor != 'x' && !cancelled()) || always()",
        "!!true",
        "contains(fromJSON('[\"push\"]'), github.event_name)",
        "fromJSON(needs.plan.outputs.matrix).include[0].name",
        "format('{0} it''s {1}', env.A, 1)",
        "hashFiles('**/a', 'b')",
        "join(github.event.labels.*.name, ', ')",
        "success() && needs.build.result == 'success'",
        "steps.my-step.outputs.my_output",
        "case(github.ref == 'a', 1, github.ref == 'b', 2, 3)",
        "StartsWith(GitHub.ref, 'x')",
        "null",
        "-9.2",
        "0xff",
        "-2.99e-2",
        "1 < 2",
        "vars.A >= 1e3",
        "'}} is text'",
        "''",
        "inputs.a && inputs.b || inputs.c",
        "\n  github.ref ==\n  'x'\n",
    ],
)
def test_an_expression_is_read_alone_and_in_a_text(text):
    [found] = in_condition(text)
    assert found.text == text.strip()
    [found] = in_text(f"before ${{{{{text}}}}} after")
    assert found.text == text.strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an expression is missing"),
        ('github.ref == "main"', "texts stand in single quotes"),
        ("github.ref == 'main", "a text (') is not closed"),
        ("github.ref = 'main'", "= 'main' is no part of an expression"),
        ("github.ref == ", "the end stands where a value is expected"),
        ("github.ref 'main'", "'main' is not expected here"),
        ("github.ref && && true", "&& stands where a value is expected"),
        ("(true", "the end stands where ) is expected"),
        ("true)", ") is not expected here"),
        ("github.", "the end stands where a name is expected"),
        ("github.0", ".0 is not expected here"),
        ("github[0", "the end stands where ] is expected"),
        ("githib.ref", "there is no context githib; did you mean github"),
        ("succes()", "there is no function succes; did you mean success"),
        ("contains('a')", "contains does not take 1 value:"),
        ("always(1)", "always does not take 1 value:"),
        ("toJSON(a, b)", "there is no context a"),
        ("format()", "format does not take 0 values:"),
        ("join('a' 'b')", "'b' stands where , is expected"),
        ("join('a',)", ") stands where a value is expected"),
        ("1abc", "is no part of an expression"),
        ("a + b", "+ b is no part of an expression"),
        ("1 + 1", "+ 1 is no part of an expression"),
        ("github | true", "| true is no part of an expression"),
        ("{}", "{} is no part of an expression"),
        ("*", "* stands where a value is expected"),
        ("(" * 60 + "1" + ")" * 60, "nested too deeply"),
        ("1\x1b[31m", "\\x1b[31m is no part"),
    ],
)
def test_what_is_no_expression_is_said_so(text, said):
    with pytest.raises(Wrong) as caught:
        in_condition(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${{ github.ref", "}} is missing"),
        ("${{ 'x }}", "a text (') is not closed"),
        ("${{ }}", "an expression is missing"),
        ("${{ true }} and ${{ false", "}} is missing"),
        ("${{ ${{ true }} }}", "is no part of an expression"),
        ("${{ github.ref } }", "} } is no part of an expression"),
    ],
)
def test_an_expression_in_a_text_ends(text, said):
    with pytest.raises(Wrong) as caught:
        in_text(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["", "plain", "$HOME ${HOME} $((1+1)) {{ x }} }}", "a}}b", "$ {{ x"])
def test_a_text_without_expressions_has_none(text):
    assert in_text(text) == []


def test_a_text_can_have_several_and_a_condition_as_well():
    text = "${{ github.sha }}-${{ env.A }}${{secrets.B}}"
    assert [found.contexts for found in in_text(text)] == [{"github"}, {"env"}, {"secrets"}]
    [found] = in_condition("${{ secrets.A != '' && Vars.B }}")
    assert found.contexts == {"secrets", "vars"}


@pytest.mark.parametrize("piece", ["${{", "${{ 1 }}", "!", "(", "a[", "1 ||", "'", "contains(", " "])
def test_a_hostile_text_is_read_in_no_time(piece):
    def read():
        for text in (piece * 30_000, "${{" + piece * 30_000):
            with contextlib.suppress(Wrong):
                in_condition(text)

    assert effort(read) < 100


PIECES = [
    "${{",
    "}}",
    "github",
    ".ref",
    "==",
    "'x'",
    "(",
    ")",
    "[",
    "]",
    "contains",
    ",",
    "!",
    "&&",
    "1",
    "*",
    "-",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, " ", "'", '"', "\n"]), max_size=20).map("".join) | st.text(max_size=40)
)
def test_any_text_is_read_or_wrong(text):
    for read in (in_text, in_condition):
        with contextlib.suppress(Wrong):
            assert all(found.text for found in read(text))


NAMES = st.sampled_from(["github", "env", "needs"])
VALUES = st.recursive(
    st.sampled_from(["1", "'it''s'", "true", "github.ref", "env.A", "needs.*.result"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "&&", "||"]), inner).map(
            " ".join
        ),
        inner.map("({})".format),
        inner.map("!{}".format),
        inner.map("toJSON({})".format),
        st.tuples(inner, inner).map(lambda two: f"format({two[0]},{two[1]})"),
        st.tuples(NAMES, inner).map(lambda two: f"{two[0]}[{two[1]}]"),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_whatever_the_grammar_makes_is_read(text):
    assert len(in_condition(text)) == 1
    assert in_text(f"${{{{ {text} }}}}")[0].text == text
