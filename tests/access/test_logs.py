import threading
import time
from pathlib import Path

import pytest

from proveout.access.answer import Wrong
from proveout.access.log_file import LIMIT
from proveout.access.logs import Logs
from proveout.catalogue.catalogue import load


@pytest.fixture(scope="module")
def form():
    return load(Path(__file__).parents[2] / "environments").systems["ceesar"].logs


@pytest.fixture
def log(tmp_path, form):
    return Logs(tmp_path / "target.log", form)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("time=2026-11-22T14:00:00Z level=info msg=request", "info"),
        ('time=2026-11-22T14:00:00Z level="debug" msg=request', "debug"),
        ("time=2026-11-22T14:00:00Z level=WARN msg=slow", "warn"),
        ("level=warning msg=slow", "warn"),
        ('{"level":"error","msg":"x"}', "error"),
        ('{"time":"x","level": "INFO","msg":"x"}', "info"),
        ('{"severity": "WARNING","message":"x"}', "warn"),
        ("[INFO] listening", "info"),
        ("2026/11/22 14:00:00 [ERROR] no database", "error"),
        ("[2026-11-22 14:00:00] [WARNING] slow", "warn"),
        ("2026/11/22 14:00:00 INFO listening addr=:8080", "info"),
        ("2026/11/22 14:00:00 DEBUG request", "debug"),
        ("2026-11-22 14:00:00,123 WARNING slow", "warn"),
        ("INFO:     127.0.0.1:5000 - GET /", "info"),
        ("ERROR no database", "error"),
    ],
)
def test_the_level_of_a_line_is_read_in_the_formats_servers_write(log, line, level):
    assert log.level(line) == level


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026/11/22 14:00:00 listening on :8080",
        "event=startup log_level=info",
        "set LOG_LEVEL=debug to see more",
        "2026/11/22 14:00:00 no error was found",
        "2026/11/22 14:00:00 INFORMATION desk",
        '{"msg":"no level"}',
        "the request was answered with ERROR",
    ],
)
def test_a_line_without_a_level_has_none(log, line):
    assert log.level(line) is None


def test_lines_below_a_level_are_the_more_talkative_ones(log):
    lines = [f"level={level} n=1" for level in ("debug", "info", "warn", "error")] + ["no level"]
    assert log.below("debug", lines) == []
    assert log.below("info", lines) == lines[:1]
    assert log.below("error", lines) == lines[:3]


def test_a_level_is_talkative_up_to_that_of_requests(log):
    assert [level for level in log.form.levels if log.is_talkative(level)] == ["debug", "info"]


def test_the_start_of_a_log_are_its_first_lines(log):
    log.stored.path.write_text("".join(f"line {n}\n" for n in range(1000)))
    lines = log.startup()
    assert lines[0] == "line 0"
    assert len(lines) == 200


def test_a_log_that_is_missing_or_empty_is_said_so(log):
    with pytest.raises(Wrong, match=r"the log .*target.log is missing"):
        log.startup()
    log.stored.path.touch()
    with pytest.raises(Wrong, match=r"the log .*target.log is empty"):
        log.startup()


def test_a_log_that_cannot_be_read_is_said_so(log):
    log.stored.path.mkdir()
    with pytest.raises(Wrong, match="the log "):
        log.startup()


def test_bytes_that_are_no_text_do_not_hide_the_rest(log):
    log.stored.path.write_bytes(b"\xff\x00\xfe\nlevel=info\n")
    assert log.startup()[1] == "level=info"


def test_a_huge_log_is_read_in_part(log):
    with log.stored.path.open("wb") as stream:
        stream.write(b"x" * (LIMIT + 10) + b"\n")
        stream.truncate(2**40)  # a sparse file: a terabyte for nothing
    [line] = log.startup()
    assert len(line) == LIMIT


def test_only_lines_written_meanwhile_are_returned(log):
    log.stored.path.write_text("before\n")

    def deed():
        with log.stored.path.open("a") as stream:
            stream.write("level=info one\nlevel=info two\n")

    assert log.written_during(deed, until=lambda lines: len(lines) == 2) == [
        "level=info one",
        "level=info two",
    ]


def test_a_line_that_comes_after_the_answer_is_waited_for(log):
    log.stored.path.touch()

    def later():
        time.sleep(0.3)
        log.stored.path.write_text("late\n")

    thread = threading.Thread(target=later)
    assert log.written_during(thread.start, until=bool) == ["late"]
    thread.join()


def test_a_log_that_never_says_it_is_returned_as_it_is(log):
    log.stored.path.write_text("before\n")
    assert log.written_during(lambda: log.stored.path.open("a").write("other\n"), until=lambda _: False) == [
        "other"
    ]


def test_a_log_that_begins_meanwhile_is_read_from_its_start(log):
    assert log.written_during(lambda: log.stored.path.write_text("first\n"), until=bool) == ["first"]


def test_a_log_that_was_cut_meanwhile_is_read_from_its_start(log):
    """As logrotate does with copytruncate."""
    log.stored.path.write_text("before\n" * 100)
    assert log.written_during(lambda: log.stored.path.write_text("after\n"), until=bool) == ["after"]
