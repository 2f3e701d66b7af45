import logging
import logging.handlers
from pathlib import Path

import pytest

from proveout.access.answer import Wrong
from proveout.access.log_file import LIMIT, LocalFile, MachineFile
from proveout.access.logs import Logs
from proveout.access.machine import Machine
from proveout.catalogue.catalogue import load

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
UNREADABLE = "/proc/sys/vm/drop_caches"  # nobody may read it, root neither


@pytest.fixture(scope="module")
def form():
    return load(ENVIRONMENTS).systems["gaia"].logs


@pytest.fixture
def path(tmp_path):
    return tmp_path / "it's a 100% log"


@pytest.fixture(params=["opened", "local", "ssh"])
def file(request, path):
    """A log: opened, and read through a shell of this machine and of another."""
    if request.param == "opened":
        return LocalFile(path)
    shell = request.getfixturevalue("far_shell") if request.param == "ssh" else None
    machine = Machine(shell, path.parent) if shell else Machine.local(path.parent)
    return MachineFile(machine, path.name)


def test_a_log_has_a_size_and_is_read_from_any_place(file, path):
    path.write_bytes(b"one\ntwo \xff\x00\n")
    assert file.size() == 11
    assert file.read(0) == b"one\ntwo \xff\x00\n"
    assert file.read(4) == b"two \xff\x00\n"
    assert file.read(10) == b"\n"
    assert file.read(11) == b""


def test_a_log_that_is_not_there_has_no_size_and_no_content(file):
    assert file.size() == 0
    with pytest.raises(Wrong, match=r"^the log .*it's a 100% log.* is missing$"):
        file.read(0)


def test_a_log_that_cannot_be_read_is_said_so(file, path):
    path.symlink_to(UNREADABLE)
    with pytest.raises(Wrong, match=r"^the log .*it's a 100% log.* cannot be read: .*Permission denied"):
        file.read(0)


def test_a_directory_is_no_log(file, path):
    path.mkdir()
    with pytest.raises(Wrong, match=r"^the log .*it's a 100% log.* cannot be read: .*Is a directory"):
        file.read(0)


def test_a_log_whose_directory_is_a_file_is_none(file, path):
    path.parent.joinpath("logs").touch()
    other = (
        LocalFile(path.parent / "logs" / "x")
        if isinstance(file, LocalFile)
        else MachineFile(file._machine, "logs/x")
    )
    assert other.size() == 0
    with pytest.raises(Wrong, match=r"^the log .*logs/x"):
        other.read(0)


def test_a_log_that_was_cut_is_read_from_its_beginning(file, path):
    """As logrotate does with copytruncate."""
    path.write_text("before\n" * 100)
    before = file.size()
    path.write_text("after\n")
    assert file.read(before) == b"after\n"


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(file, path):
    """As most servers do when theirs is full."""
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=200, backupCount=1)
    handler.emit(logging.makeLogRecord({"msg": "x" * 150}))
    before = file.size()
    handler.emit(logging.makeLogRecord({"msg": "y" * 100}))
    handler.close()
    assert file.read(before) == b"y" * 100 + b"\n"
    assert Path(f"{path}.1").stat().st_size == before == 151


def test_a_log_that_is_away_for_a_moment_is_missing(file, path):
    path.write_text("before\n")
    before = file.size()
    path.rename(f"{path}.1")
    with pytest.raises(Wrong, match="is missing"):
        file.read(before)
    path.write_text("after\n")
    assert file.read(before) == b"after\n"


def test_a_huge_log_is_read_in_part(file, path):
    with path.open("wb") as stream:
        stream.truncate(2**40)  # a sparse file: a terabyte for nothing
        stream.seek(-3, 2)
        stream.write(b"end")
    assert file.size() == 2**40
    assert file.read(2**40 - 3) == b"end"
    assert file.read(2**30) == bytes(LIMIT)


def test_what_is_written_meanwhile_is_read_wherever_the_log_lies(file, path, form):
    path.write_text("before\n")

    def deed():
        with path.open("a") as stream:
            stream.write("level=WARN msg=one\n")

    assert Logs(file, form).written_during(deed, until=bool) == ["level=WARN msg=one"]


DIM, BOLD, OFF = "\x1b[2m", "\x1b[1m", "\x1b[0m"
NOW = "2026-11-22T17:55:38.598Z"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (f"{DIM}{NOW}{OFF} \x1b[32mINFO {OFF} {DIM}[4862 MainThread]{OFF} {BOLD}starting{OFF}", "info"),
        (f"{DIM}{NOW}{OFF} \x1b[36mDEBUG{OFF} {BOLD}request{OFF} {DIM}log_level={OFF}error", "debug"),
        (f"{DIM}{NOW}{OFF} \x1b[1;31mERROR{OFF} {BOLD}no database{OFF}", "error"),
        (f"{NOW} WARN  [1 MainThread] said level=debug", "warn"),
        (f"{NOW} INFO  [1 MainThread] ERROR is what the client sent", "info"),
        (f'time={NOW} level=WARN msg="no admin token is set"', "warn"),
        (f"time={NOW} level=INFO msg=starting log_level=debug", "info"),
        (f'time={NOW} level=WARN msg="ERROR and INFO are words"', "warn"),
        (f'time={NOW} level=INFO msg="an ERROR came back"', "info"),
        (f"time={NOW} level=INFO msg=ERROR", "info"),
        (f'time={NOW} level=INFO msg="a [error] in brackets"', "info"),
        (f'{{"time":"{NOW}","level":"WARN","msg":"request"}}', "warn"),
        (f'{{"time": "{NOW}", "msg": "an ERROR came back", "level": "INFO"}}', "info"),
        (f'{{"time": "{NOW}", "msg": "said level=debug", "level": "ERROR"}}', "error"),
        (f'{{"time": "{NOW}", "msg": "said \\"level\\": \\"debug\\"", "level": "ERROR"}}', "error"),
        (f'{{"msg":"[error] came back","severity":"INFO","time":"{NOW}"}}', "info"),
        (f'{{"time":"{NOW}","msg":"no level"}}', None),
        (f"time={NOW} msg=listening log_level=debug", None),
        (f"    at handler ({NOW})", None),
    ],
)
def test_the_level_of_a_line_is_read_in_all_three_formats(form, path, line, level):
    assert Logs(path, form).level(line) == level


def test_the_levels_of_the_environments_are_those_of_their_lines(form, path):
    logs = Logs(path, form)
    assert logs.from_level("warn") == {"warn", "error"}
    assert logs.from_level("debug") == {"debug", "info", "warn", "error"}
