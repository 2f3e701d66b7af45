import os
from pathlib import Path

import pytest

from proveout.access.answer import Wrong
from proveout.access.machine import LIMIT, Machine
from proveout.catalogue.catalogue import load
from proveout.providers.target import Target

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
NAMES = ["-rf", "%s", r"""it's a "grüße" of 100% $HOME; `id` \n * (x)"""]
# Nobody may read it, root neither.
UNREADABLE = "/proc/sys/vm/drop_caches"


@pytest.fixture
def machine(tmp_path, machine_at):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "env.gamma").write_text("APP_ENV=gamma\n# PORT=1\nLOG_LEVEL=\nORIGIN='grüße'\n")
    return machine_at(tmp_path)


def test_a_file_is_looked_at_below_the_directory(machine):
    assert machine.is_file("config/env.gamma")
    assert not machine.is_file("config")
    assert machine.exists("config")
    assert not machine.exists("config/env.dev")


def test_the_text_and_settings_of_a_file_are_read(machine):
    assert machine.text("config/env.gamma").startswith("APP_ENV=gamma\n")
    assert machine.settings("config/env.gamma") == {"APP_ENV": "gamma", "ORIGIN": "grüße"}


@pytest.mark.parametrize("path", ["config/env.dev", "config", "nowhere/x", "config/env.gamma/x"])
def test_a_file_that_is_missing_is_said_so(machine, path):
    with pytest.raises(Wrong, match=rf"^{path} is missing in /"):
        machine.text(path)
    with pytest.raises(Wrong, match=rf"^{path} is missing in /"):
        machine.size(path)


def test_a_file_that_cannot_be_read_is_said_so(machine):
    (machine.root / "x").symlink_to(UNREADABLE)
    with pytest.raises(Wrong, match=r"^x cannot be read in /"):
        machine.text("x")
    with pytest.raises(Wrong, match=r"^x cannot be read in /"):
        machine.size("x")


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(machine):
    os.mkfifo(machine.root / "x")
    with pytest.raises(Wrong, match=r"^x is missing in /"):
        machine.text("x")
    with pytest.raises(Wrong, match=r"^x is missing in /"):
        machine.size("x")


def test_a_file_that_is_no_text_is_said_so(machine):
    (machine.root / "x").write_bytes(b"\xff\xfe")
    with pytest.raises(Wrong, match=r"^x in /.* is not UTF-8 text"):
        machine.text("x")


def test_a_file_that_is_too_large_for_a_text_is_said_so(machine):
    with (machine.root / "x").open("wb") as stream:
        stream.truncate(2**40)  # a sparse file: a terabyte for nothing
    with pytest.raises(Wrong, match=rf"^x in /.* is larger than {LIMIT} bytes"):
        machine.text("x")


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_name(machine, name):
    directory = machine.root / name
    directory.mkdir()
    (directory / name).write_text("x\n")
    path = f"{name}/{name}"
    assert machine.text(path) == "x\n"
    assert machine.size(path) == 2
    assert machine.real(path) == directory / name
    assert machine.own_directory(name) == directory
    assert machine.directories(".") == {"config", name}
    assert machine.directories(name) == set()


def test_the_size_is_that_of_the_content(machine):
    (machine.root / "x").write_bytes(b"\xff" * 1000)
    (machine.root / "empty").touch()
    (machine.root / "link").symlink_to("x")
    assert machine.size("x") == machine.size("link") == 1000
    assert machine.size("empty") == 0


def test_a_directory_of_its_own_is_there(machine):
    assert machine.own_directory("config") == machine.root / "config"


def test_a_directory_that_is_missing_or_a_file_is_said_so(machine):
    (machine.root / "logs").touch()
    (machine.root / "data").symlink_to("nowhere")
    with pytest.raises(Wrong, match=r"^the directory logs/ is no directory in /"):
        machine.own_directory("logs")
    for name in ("bin", "data", "logs/x"):
        with pytest.raises(Wrong, match=rf"^the directory {name}/ is missing in /"):
            machine.own_directory(name)


def test_a_link_within_the_environment_leads_to_its_own(machine):
    (machine.root / "storage" / "data").mkdir(parents=True)
    (machine.root / "data").symlink_to("storage/data")
    assert machine.own_directory("data") == machine.root / "storage" / "data"


@pytest.mark.parametrize("place", ["elsewhere", "env-2", "."])
def test_a_link_that_leads_out_is_none_of_its_own(tmp_path, machine_at, place):
    for name in ("env", "env-2/logs", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "env" / "logs").symlink_to(tmp_path / place)
    with pytest.raises(Wrong, match=r"^the directory logs/ is a link to /.*, outside of /.*/env$"):
        machine_at(tmp_path / "env").own_directory("logs")


def test_a_link_to_the_environment_itself_is_none_of_its_directories(machine):
    (machine.root / "logs").symlink_to(".")
    with pytest.raises(Wrong, match="the directory logs/ is a link to "):
        machine.own_directory("logs")


def test_an_environment_may_be_reached_through_a_link(tmp_path, machine_at):
    (tmp_path / "v2" / "logs").mkdir(parents=True)
    (tmp_path / "current").symlink_to("v2")
    machine = machine_at(tmp_path / "current")
    assert machine.own_directory("logs") == tmp_path / "v2" / "logs"
    assert machine.real("..") == tmp_path


def test_what_leads_nowhere_has_no_real_place(machine):
    (machine.root / "x").symlink_to("nowhere")
    for path in ("x", "config/nowhere", "nowhere/x"):
        with pytest.raises(Wrong, match=rf"^{path} is missing in /"):
            machine.real(path)


def test_directories_are_listed_with_links_to_some_and_nothing_else(machine):
    for name in ("logs", ".git"):
        (machine.root / name).mkdir()
    (machine.root / "file").touch()
    (machine.root / "data").symlink_to("logs")
    (machine.root / "bin").symlink_to("file")
    (machine.root / "old").symlink_to("nowhere")
    assert machine.directories(".") == {"config", "data", "logs"}
    assert machine.directories("..") >= {machine.root.name}


@pytest.mark.parametrize("path", ["nowhere", "config/env.gamma"])
def test_a_directory_that_cannot_be_listed_is_said_so(machine, path):
    with pytest.raises(Wrong, match=rf"^the directory /.*/{path} is missing$"):
        machine.directories(path)


def test_a_target_says_where_its_machine_is(tmp_path):
    environment = load(ENVIRONMENTS).environments["gaia/staging"]
    target = Target(environment, "live", "http://h:8082", tmp_path, connection="local://")
    machine = Machine.of(target)
    assert machine.is_here
    assert (machine.root, machine.connection) == (tmp_path, "local://")
