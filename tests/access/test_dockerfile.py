import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from machinery.effort import effort
from proveout.access.answer import Wrong
from proveout.access.dockerfile import Dockerfile, familiar
from proveout.access.word import expand, split

VARIABLES = {"A": "1", "EMPTY": "", "LONG_NAME": "x y"}


def environment(text):
    return Dockerfile.parse(text).final.environment


def stages(text):
    return [(stage.name, stage.base) for stage in Dockerfile.parse(text).stages]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("ubuntu:22.04", "ubuntu:22.04"),
        ("library/ubuntu:22.04", "ubuntu:22.04"),
        ("docker.io/ubuntu:22.04", "ubuntu:22.04"),
        ("docker.io/library/ubuntu:22.04", "ubuntu:22.04"),
        ("registry.example.com:5000/mirror/library/ubuntu:22.04", "ubuntu:22.04"),
        ("localhost/ubuntu:22.04", "ubuntu:22.04"),
        ("ubuntu:22.04@sha256:0123", "ubuntu:22.04"),
        ("somebody/ubuntu:22.04", "somebody/ubuntu:22.04"),
        ("docker.io/somebody/ubuntu:22.04", "somebody/ubuntu:22.04"),
        ("ubuntu", "ubuntu"),
        ("ubuntu@sha256:0123", "ubuntu"),
        ("ubuntu:24.04", "ubuntu:24.04"),
    ],
)
def test_an_image_has_an_everyday_name(reference, name):
    assert familiar(reference) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM ubuntu:22.04", [("0", "ubuntu:22.04")]),
        ("from ubuntu:22.04 as Build\n", [("build", "ubuntu:22.04")]),
        ("FROM --platform=$BUILDPLATFORM ubuntu:22.04 AS a", [("a", "ubuntu:22.04")]),
        ("ARG V=22.04\nFROM ubuntu:$V", [("0", "ubuntu:22.04")]),
        ("ARG V=22.04\nARG I=ubuntu:${V}\nFROM $I", [("0", "ubuntu:22.04")]),
        ("ARG A=x B=ubuntu\nFROM ${B}", [("0", "ubuntu")]),
        ('ARG I="ubuntu:22.04"\nFROM ${I:-debian}', [("0", "ubuntu:22.04")]),
        ("ARG I\nFROM ${I:-debian}", [("0", "debian")]),
        ("FROM a AS x\nFROM X AS y\nFROM y", [("x", "a"), ("y", "a"), ("2", "a")]),
        ("FROM a\nFROM 0", [("0", "a"), ("1", "0")]),  # a number is no name in FROM
        ("FROM a AS x\nARG I=b\nFROM ${I:-c}", [("x", "a"), ("1", "c")]),  # an ARG of a stage is the stage's
        ("FROM a AS a", [("a", "a")]),
        ("# escape=`\nFROM `\n  a `\n  AS x\n", [("x", "a")]),
        ("FROM \\\n# a comment between\n\n  a\\\n\n", [("0", "a")]),
        ("\ufeffFROM a\r\nENV A=1\r\n", [("0", "a")]),
        ("  # indented\n  FROM a", [("0", "a")]),
    ],
)
def test_stages_stand_on_bases(text, expected):
    assert stages(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ENV A=1", {"A": "1"}),
        ("env A 1", {"A": "1"}),
        ("ENV A  one two", {"A": "one two"}),
        ('ENV A "one two"', {"A": "one two"}),
        ("ENV A=\"one two\" B='x $Y' C=a\\ b", {"A": "one two", "B": "x $Y", "C": "a b"}),
        ("ENV A=1 \\\n    B=2 \\\n    # C=3 \\\n    D=4", {"A": "1", "B": "2", "D": "4"}),
        ("ENV A=1\nENV A=2", {"A": "2"}),
        ("ENV A=1\nENV A=", {"A": ""}),
        ("ENV A=1\nENV A=2 B=$A", {"A": "2", "B": "1"}),
        ("ARG A=1\nENV B=${A}x", {"B": "1x"}),
        ("ARG A=1\nENV A=2\nARG A=3\nENV B=$A", {"A": "2", "B": "2"}),
        ("ARG A\nENV B=x$A", {"B": "x"}),
        ("ENV A=\\$B", {"A": "$B"}),
        ('ENV A="a\\"b"', {"A": 'a"b'}),
        ("ENV A=a=b", {"A": "a=b"}),
        ("RUN export A=1", {}),
        ("RUN <<EOF\nENV A=1\nEOF\nENV B=2", {"B": "2"}),
        ("RUN <<-'EOF' cat\nENV A=1\n\tEOF\nENV B=2", {"B": "2"}),
        ('COPY <<ONE <<"TWO" /x/\nENV A=1\nONE\nENV A=2\nTWO\nENV B=2', {"B": "2"}),
        ("RUN echo '<<EOF'\nENV B=2", {"B": "2"}),
        ("RUN echo $((1 << 2))\nENV B=2", {"B": "2"}),
        ("RUN echo it's <<EOF\nENV B=2", {"B": "2"}),
        ("RUN cat <<<word\nENV B=2", {"B": "2"}),
        ("LABEL a=<<EOF\nENV B=2", {"B": "2"}),
        ("ENV A=x\\\\\nENV B=2", {"A": "x\\", "B": "2"}),
    ],
)
def test_a_stage_sets_an_environment(text, expected):
    assert environment(f"FROM a\n{text}\n") == expected


def test_a_stage_inherits_the_environment_of_the_stage_it_stands_on_and_of_no_other():
    base = "ARG G=g\nFROM a AS x\nARG P=p\nENV A=1 B=2\n"
    assert environment(f"{base}FROM x\nENV B=3 C=$P") == {"A": "1", "B": "3", "C": "p"}
    assert environment(f"{base}FROM a\nENV B=3 C=$P D=$G") == {"B": "3", "C": "", "D": ""}
    assert environment(f"{base}FROM a\nARG G\nENV D=$G") == {"D": "g"}
    assert environment(f"{base}FROM a\nARG G=h\nENV D=$G") == {"D": "h"}


def test_what_a_later_stage_sets_is_not_in_an_earlier_one():
    file = Dockerfile.parse("FROM a AS x\nENV A=1\nFROM x AS y\nENV A=2")
    assert [stage.environment["A"] for stage in file.stages] == ["1", "2"]


@pytest.mark.parametrize(
    ("last", "parts"),
    [
        ("FROM b AS z", ["z"]),
        ("FROM y AS z", ["x", "y", "z"]),
        ("FROM b AS z\nCOPY --from=x /a /b", ["x", "z"]),
        ("FROM b AS z\nCOPY --chown=1:1 --from=X /a /b", ["x", "z"]),
        ("FROM b AS z\nCOPY --from=1 /a /b", ["x", "y", "z"]),
        ("FROM b AS z\nCOPY --from=nginx:1 /a /b", ["z"]),
        ("FROM b AS z\nRUN --mount=type=bind,from=x,target=/x make", ["x", "z"]),
        ("FROM b AS z\nRUN tar --from=x", ["z"]),
    ],
)
def test_an_image_is_made_of_the_stages_it_takes_something_from(last, parts):
    file = Dockerfile.parse(f"FROM a AS x\nFROM x AS y\nCOPY . .\n{last}\n")
    assert [stage.name for stage in file.parts] == parts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Dockerfile has no FROM"),
        ("ARG A=1\n# FROM a\n", "Dockerfile has no FROM"),
        ("RUN x", "line 1: RUN stands before the first FROM"),
        ("FROM a\nFORM b", "line 2: FORM is no instruction; did you mean FROM"),
        ("FROM a\n\n\nENV", "line 4: ENV says nothing"),
        ("FROM a\nENV A", "line 2: ENV A: the value is missing"),
        ("FROM a\nENV A=1 B", "line 2: ENV B: expected KEY=value"),
        ("FROM a\nENV =1", "line 2: ENV =1: expected KEY=value"),
        ("FROM a\nENV A='1", "line 2: a quote (') is not closed"),
        ("FROM a\nENV A=${B", "line 2: } is missing in ${B"),
        ("FROM a\nENV A=${}", "line 2: ${ is not followed by the name of a variable"),
        ("FROM a\nARG =1", "line 2: ARG =1: the name is missing"),
        ("FROM a b", "line 1: FROM a b; expected FROM image"),
        ("FROM a AS", "line 1: FROM a AS; expected"),
        ("FROM a IS b", "line 1: FROM a IS b; expected"),
        ("FROM a AS 1b", "line 1: '1b' is no name of a stage"),
        ("FROM --platform=x", "line 1: FROM --platform=x; expected"),
        ("ARG A\nFROM $A", "line 2: FROM $A names no image: the argument has no default"),
        ("FROM a\nCOPY --from=0 a b", "line 2: --from=0: there is no such stage before this one"),
        ("FROM a AS x\nCOPY --from=x a b", "line 2: --from=x: a stage cannot take from itself"),
        ("FROM a\nRUN <<EOF\nx\n", "line 2: the here-document EOF does not end"),
        ("# escape=x\nFROM a", "line 1: escape is 'x'; it can be"),
        ("FROM a\n\x1b[31mRED x", "line 2: \\x1b[31mRED is no instruction"),
    ],
)
def test_what_a_builder_refuses_is_said_with_its_line(text, said):
    with pytest.raises(Wrong) as caught:
        Dockerfile.parse(text)
    assert said in str(caught.value)


def test_only_the_first_lines_can_change_the_escape_character():
    assert environment("# a comment\n# escape=`\nFROM a\nENV A=1 \\\n B=2") == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("$A", "1"),
        ("${A}", "1"),
        ("$AB", ""),
        ("x${NONE}y", "xy"),
        ("${NONE:-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${NONE-d}", "d"),
        ("${A:-d}", "1"),
        ("${A:+other}", "other"),
        ("${EMPTY:+other}", ""),
        ("${EMPTY+other}", "other"),
        ("${NONE:+other}", ""),
        ("${NONE:-${A}}", "1"),
        ("${NONE:-'a b'}", "a b"),
        ("${A:?message}", "1"),
        ("${NONE:?message}", ""),
        ("${A#1}", "${A#1}"),
        ("'$A'", "$A"),
        ('"$A"', "1"),
        ("\\$A", "$A"),
        ("$LONG_NAME", "x y"),
        ("cost: $", "cost: $"),
        ("$%", "$%"),
        ("a\\", "a\\"),
    ],
)
def test_variables_are_put_into_words(word, value):
    assert expand(word, VARIABLES, "\\") == value


def test_words_are_split_outside_of_quotes():
    assert split("a 'b c' \"d e\" f\\ g  h", "\\") == ["a", "'b c'", '"d e"', "f\\ g", "h"]


@pytest.mark.parametrize(
    "text",
    [
        "ENV A=xxxxxxxxxx\n" + "ENV A=$A$A\n" * 60,
        "ENV A=" + "${A:-" * 5000 + "}" * 5000,
        "ENV A=" + "\\" * 100_000,
        "RUN " + "a " * 50_000 + "\\\n" * 20_000,
        "RUN " + "".join(f"<<E{n} " for n in range(2000)),
    ],
    ids=["doubling", "nested", "escapes", "long", "here-documents"],
)
def test_a_hostile_file_is_read_in_no_time(text):
    def read():
        with contextlib.suppress(Wrong):
            Dockerfile.parse(f"FROM a\n{text}\n")

    assert effort(read) < 100


PIECES = [
    "FROM ",
    "a",
    " AS x",
    "\n",
    "ENV ",
    "ARG ",
    "COPY --from=",
    "RUN ",
    "<<EOF",
    "EOF",
    "A=1",
    "$A",
    "${",
    "}",
]
PIECES += [
    ":-",
    "'",
    '"',
    "\\",
    "\\\n",
    "#",
    " ",
    "0",
    "²",
    "# escape=`\n",
    "`",
    "\t",
    "\r\n",
    "--mount=from=",
    ",",
]


@settings(max_examples=150, deadline=None)
@example("FROM a\nCOPY --from=²")
@example("FROM a\nCOPY --from=" + "9" * 5000)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
def test_any_text_is_a_dockerfile_or_wrong(text):
    with contextlib.suppress(Wrong):
        file = Dockerfile.parse(f"FROM a\n{text}")
        assert file.final.base
        assert file.parts[-1] is file.final


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.from_regex(r"\A[A-Z_]{1,8}\Z"), st.text("ab $'\"\\={}`#", max_size=12), max_size=5))
def test_values_in_single_quotes_come_back_as_they_are(values):
    quoted = {key: value.replace("'", "'\\''") for key, value in values.items()}
    text = "".join(f"ENV {key}='{value}'\n" for key, value in quoted.items() if not value.endswith("\\"))
    expected = {key: value for key, value in values.items() if not quoted[key].endswith("\\")}
    assert environment(f"FROM a\n{text}") == expected
