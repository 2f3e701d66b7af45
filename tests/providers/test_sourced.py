"""Copies whose configuration the starting shell sources, and that stand side by side."""

from pathlib import Path

import httpx
import pytest

from proveout.model.mistake import DefinitionError
from proveout.providers.process import NotReady


@pytest.fixture
def sourced(place):
    place.sourced = True
    return place


def variables(copy):
    return httpx.get(copy.target.url, trust_env=False).json()["variables"]


def test_the_shell_reads_the_configuration(sourced):
    sourced.configuration = b"""# settings
PORT=8080
export TITLE="two words"   # said twice
QUOTED='$HOME "x"'
DATA=$PWD/data
EMPTY=
"""
    copy = sourced.copy()
    seen = variables(copy)
    assert seen["TITLE"] == "two words"
    assert seen["QUOTED"] == '$HOME "x"'
    assert seen["DATA"] == f"{copy.target.root}/data"
    assert seen["EMPTY"] == ""
    assert seen["PORT"] == copy.target.moved["PORT"] == str(copy.target.ports["port"]) != "8080"


def test_what_the_run_sets_stands_behind_the_configuration(sourced):
    sourced.configuration = b"PORT=8080\nA=file\nB=file\nC=file\n"
    sourced.start["variables"] = {"B": "definition", "C": "definition"}
    seen = variables(sourced.copy(changed={"C": "it's changed; $HOME"}))
    assert (seen["A"], seen["B"], seen["C"]) == ("file", "definition", "it's changed; $HOME")


def test_the_process_of_a_copy_is_the_server_and_not_the_shell(sourced):
    copy = sourced.copy()
    words = Path(f"/proc/{copy.target.pid}/cmdline").read_text().split("\0")
    assert words[1] == "server.py"
    assert copy.process.pid == copy.target.pid


@pytest.mark.parametrize(
    ("line", "said"),
    [("TITLE=two words", "words: not found"), ("TITLE='open", "nterminated"), ("exit 3", "")],
)
def test_a_configuration_that_the_shell_cannot_read_is_said_so(sourced, line, said):
    sourced.configuration = f"PORT=8080\n{line}\n".encode()
    with pytest.raises(NotReady, match=r"it ended with exit status [1-9]") as caught:
        sourced.copy()
    assert said in str(caught.value)


def test_a_copy_knows_where_it_listens_beside(place):
    copy = place.copy()
    assert {name: str(port) for name, port in copy.target.ports.items()} == {
        "port": copy.target.moved["PORT"],
        "metrics": copy.target.moved["METRICS_PORT"],
    }


def test_copies_of_one_system_stand_side_by_side(place, tmp_path):
    place.write()
    (place.directory / "MANIFEST.md").write_text("dev/")
    place.start |= {"directory": "environments/dev", "beside": {"README.md": "MANIFEST.md"}}
    copy = place.copy(tree=tmp_path / "tree")
    assert copy.target.root == tmp_path / "tree" / "environments" / "dev"
    assert (tmp_path / "tree" / "environments" / "README.md").read_text() == "dev/"
    assert httpx.get(copy.target.url, trust_env=False).json()["files"] == ["config", "server.py"]
    assert place.copy().target.root == place.records / "copy-1" / "work" / "environments" / "dev"


def test_a_file_that_is_missing_beside_is_named(place):
    place.start["beside"] = {"README.md": "../README.md"}
    with pytest.raises(
        DefinitionError, match=r'\[start.beside\] README.md = "../README.md"\n  /.* is missing'
    ):
        place.copy()
