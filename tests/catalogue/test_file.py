"""Files that are missing, stray or unreadable."""

import pytest

from proveout.catalogue.catalogue import load
from proveout.model.mistake import UserError

FILES = ["system.toml", "claims.toml", "dev/environment.toml"]


@pytest.mark.parametrize("place", FILES[1:])
def test_a_missing_file_is_named(definitions, place):
    (definitions.write().folder / place).unlink()
    assert f"environments/ceesar/{place}\n  the file is missing" in definitions.mistakes()


@pytest.mark.parametrize("place", FILES)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[[[", "not TOML: "),
        (b"a = 1\na = 2\n", "not TOML: "),
        (b"\x00", "not TOML: "),
        (b"title = '\xff'", "not UTF-8 text (byte 9)"),
        (b"\xff\xfet\x00", "not UTF-8 text (byte 0)"),
        (b"x = " + b"[" * 50000, "not TOML: "),
    ],
    ids=["broken", "twice", "null", "latin", "utf-16", "deep"],
)
def test_a_file_that_is_no_toml_says_so(definitions, place, content, said):
    (definitions.write().folder / place).write_bytes(content)
    found = definitions.mistakes()
    assert [m for m in found if m.startswith(f"environments/ceesar/{place}\n  {said}")]


@pytest.mark.parametrize("place", FILES)
def test_a_directory_in_the_place_of_a_file_says_so(definitions, place):
    path = definitions.write().folder / place
    path.unlink()
    path.mkdir()
    assert f"environments/ceesar/{place}\n  cannot be read: Is a directory" in definitions.mistakes()


def test_a_definition_that_the_system_does_not_name_is_a_mistake(definitions):
    definitions.write()
    (definitions.folder / "gamma").mkdir()
    (definitions.folder / "gamma" / "environment.toml").write_text("")
    [mistake] = definitions.mistakes()
    assert mistake.startswith("environments/ceesar/gamma\n  a definition that system.toml does not name")


def test_other_folders_are_no_environments(definitions):
    definitions.write()
    (definitions.folder / "config").mkdir()
    assert list(load(definitions.root).environments) == ["ceesar/dev", "ceesar/prod"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_place_without_definitions_says_where_it_looked(tmp_path, monkeypatch, exists):
    monkeypatch.chdir(tmp_path)
    if exists:
        (tmp_path / "environments").mkdir()
    with pytest.raises(UserError, match=r"looked for environments/\*/system.toml") as caught:
        load(tmp_path / "environments")
    assert "proveout_environments" in str(caught.value)
