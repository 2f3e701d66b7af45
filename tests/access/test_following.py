"""What a log said since the last look, on this machine and through ssh, also where it was rotated."""

from pathlib import Path

import pytest

from proveout.access.answer import Wrong
from proveout.access.following import ENOUGH, MOST, Following
from proveout.access.log_file import LocalFile, MachineFile
from proveout.access.logs import Logs
from proveout.catalogue.catalogue import load

FORM = load(Path(__file__).parents[2] / "environments").systems["gaia"].logs
WARN = '{"level":"warn","message":"slow"}'
INFO = '{"level":"info","message":"a request"}'
ERROR = '{"level":"error","message":"no disk"}'


class Log:
    """A log that is written by the test and followed at the level warn."""

    def __init__(self, path, file):
        self.path = path
        self.file = file
        self.path.touch()

    def follow(self, level="warn"):
        return Following(Logs(self.file, FORM), level)

    def write(self, *lines, end="\n"):
        with self.path.open("a") as stream:
            stream.write("\n".join(lines) + end)

    def rotate(self, name):
        self.path.rename(self.path.with_name(name))


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "gaia.log", LocalFile(tmp_path / "gaia.log"))


@pytest.fixture
def log_anywhere(tmp_path, machine_at):
    return Log(tmp_path / "gaia.log", MachineFile(machine_at(tmp_path), "gaia.log"))


def look(following):
    said = following.look()
    return said.critical, said.below, said.unread


def test_each_line_is_counted_in_one_look(log_anywhere):
    log_anywhere.write(ERROR, INFO)
    following = log_anywhere.follow()
    assert look(following) == (0, 0, "")  # what stood there before is not of this soak
    log_anywhere.write(WARN, INFO, ERROR, INFO)
    assert look(following) == (1, 2, "")
    assert look(following) == (0, 0, "")


def test_a_line_that_is_still_written_waits_for_the_next_look(log):
    following = log.follow()
    log.write(ERROR[:20], end="")
    assert look(following) == (0, 0, "")
    log.write(ERROR[20:])
    assert look(following) == (1, 0, "")


def test_the_words_of_a_level_in_a_message_are_no_level(log):
    following = log.follow()
    log.write('{"level":"warn","message":"debug info was asked for, no error"}')
    assert look(following) == (0, 0, "")


def test_of_a_rotated_log_both_parts_are_counted(log_anywhere):
    log_anywhere.write(WARN)
    following = log_anywhere.follow()
    log_anywhere.write(ERROR)
    log_anywhere.rotate("gaia.log.20261122T140000")
    log_anywhere.write(INFO, ERROR)
    assert look(following) == (2, 1, "")
    log_anywhere.write(INFO)
    assert look(following) == (0, 1, "")


def test_a_log_that_was_rotated_twice_in_between_is_counted_whole(log):
    log.write(WARN)
    following = log.follow()
    for stamp in ("1", "2"):
        log.write(ERROR)
        log.rotate(f"gaia.log.{stamp}")
    log.write(ERROR)
    assert look(following) == (3, 0, "")


def test_a_log_that_was_copied_and_cut_is_counted_whole(log):
    log.write(WARN)
    following = log.follow()
    log.write(INFO)
    log.path.with_name("gaia.log.1").write_bytes(log.path.read_bytes())
    log.path.write_text("")
    assert look(following) == (0, 1, "")


def test_a_log_that_was_replaced_says_that_something_is_missing(log):
    log.write(WARN, WARN)
    following = log.follow()
    log.path.unlink()
    log.write(ERROR)
    critical, below, unread = look(following)
    assert (critical, below) == (1, 0)
    assert "was replaced" in unread


def test_a_flood_is_counted_as_far_as_it_is_read(log):
    following = log.follow()
    with log.path.open("w") as stream:
        stream.write(f"{INFO}\n" * ((MOST + 2**22) // len(INFO)))
    critical, below, unread = look(following)
    assert (critical, below) == (0, ENOUGH)
    assert "grew faster than it is read" in unread
    log.write(ERROR)
    assert look(following) == (1, 0, "")


def test_a_line_without_an_end_is_passed_over(log):
    following = log.follow()
    log.write("x" * 5_000_000, end="")
    log.write("")
    log.write(ERROR)
    assert look(following) == (1, 0, "")


def test_a_log_that_is_gone_is_named(log):
    following = log.follow()
    log.path.unlink()
    with pytest.raises(Wrong, match="is missing"):
        following.look()


def test_a_rotated_log_keeps_its_size_together_with_what_was_set_aside(log_anywhere):
    log_anywhere.write(WARN)
    log_anywhere.rotate("gaia.log.1")
    log_anywhere.write(INFO)
    assert log_anywhere.file.total() == len(WARN) + len(INFO) + 2
