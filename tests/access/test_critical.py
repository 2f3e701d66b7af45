"""Critical errors in a log, over a window in which the log is known to have been live."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from machinery.effort import effort
from proveout.access.critical import BACK, DURING, Window
from proveout.access.log_file import LocalFile, MachineFile
from proveout.access.logs import Logs
from proveout.access.machine import Machine
from proveout.access.shell import Shell
from proveout.catalogue.catalogue import load

BEGUN = datetime(2026, 11, 22, 14, 0, 0, tzinfo=UTC)
ENDED = BEGUN + timedelta(minutes=2)
EARLIER = "2026-11-21T09:00:00Z"
OURS = "2026-11-22T14:00:30Z"
FORM = load(Path(__file__).parents[2] / "environments").systems["gaia"].logs


class Log:
    """A log file that a test writes, and the window over it."""

    def __init__(self, file, path, form=FORM):
        self.path = path
        self.logs = Logs(file, form)

    def write(self, *lines):
        with self.path.open("ab") as stream:
            stream.writelines((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)

    def open(self):
        self.window = Window.opened(self.logs, BEGUN)

    def read(self, event=None, clean=str):
        return self.window.read(event, clean, lambda: ENDED)

    def read_after(self, *lines):
        """What is read where nothing was written before the run, and these lines in it."""
        self.open()
        self.write(*lines)
        return self.read()


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "gaia.log"
    path.touch()
    return Log(LocalFile(path), path)


@pytest.fixture
def log_anywhere(tmp_path, machine_at):
    """The log through the commands of its machine: this one, and the same through ssh."""
    path = tmp_path / "gaia.log"
    path.touch()
    return Log(MachineFile(machine_at(tmp_path), "gaia.log"), path)


def test_the_window_reaches_from_the_first_line_to_the_end_of_the_run(log_anywhere):
    log = log_anywhere
    log.write(f"{EARLIER} INFO ready", f"{EARLIER} ERROR database is gone")
    log.open()
    log.write(f"{OURS} INFO GET /health 200")
    assert log.read() == {
        "from": EARLIER,
        "to": "2026-11-22T14:02:00Z",
        "live": True,
        "critical": 1,
        "latest": EARLIER,
        "examples": [f"{EARLIER} ERROR database is gone"],
        "how": "lines were written during the run; by the time of its first line that was read",
    }


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22 14:00:01 ERROR x",
        "2026-11-22 14:00:01 [error] x",
        "2026-11-22 14:00:01 FATAL x",
        "2026-11-22 14:00:01 gaia CRITICAL x",
        '{"level":"error","msg":"x"}',
        '{"level":"fatal","msg":"x"}',
        '{"severity":"ALERT","msg":"x"}',
        "time=2026-11-22T14:00:01Z level=error msg=x",
        "time=2026-11-22T14:00:01Z level=panic msg=x",
        "\x1b[31m2026-11-22 14:00:01 ERROR\x1b[0m x",
        "Traceback (most recent call last):",
        "panic: runtime error: index out of range",
        "fatal error: all goroutines are asleep",
        "kernel: Out of memory: Killed process 7",
        "worker 3: Segmentation fault (core dumped)",
        "Unhandled exception in thread",
    ],
)
def test_a_line_is_critical(log, line):
    assert log.read_after(line)["critical"] == 1


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026-11-22 14:00:01 INFO 0 errors",
        "2026-11-22 14:00:01 WARN GET /error 404",
        'time=2026-11-22T14:00:01Z level=warn msg="level=error was asked for"',
        '{"level":"info","msg":"error budget is fine"}',
        "2026-11-22 14:00:01 DEBUG fatal=false critical=no",
    ],
)
def test_a_line_is_not_critical(log, line):
    assert log.read_after(line, "x")["critical"] == 0


def test_a_system_may_say_itself_what_is_critical(log):
    log.logs.form = FORM.model_copy(update={"critical": r"^E\d{4} "})
    said = log.read_after("E1234 broken", "2026-11-22 14:00:01 ERROR of no importance")
    assert (said["critical"], said["examples"]) == (1, ["E1234 broken"])


def test_when_the_latest_was_is_told(log):
    log.write(f"{EARLIER} INFO ready", "2026-11-21T10:00:00Z ERROR x", "Traceback (most recent call last):")
    log.open()
    log.write(f"{OURS} INFO x")
    assert log.read()["latest"] == "2026-11-21T10:00:00Z"
    log.write("panic: x")
    assert log.read()["latest"] == "2026-11-22T14:02:00Z"


def test_silence_is_not_health(log):
    log.write(f"{EARLIER} INFO ready")
    log.open()
    said = log.read()
    assert said["live"] is False
    assert said["how"].startswith(
        "nothing was written during the run, and the definition has no [logs] event"
    )


def test_an_event_makes_a_silent_log_say_that_it_lives(log_anywhere):
    log = log_anywhere
    log.write(f"{EARLIER} INFO ready")
    log.open()
    said = log.read(lambda: log.write(f"{OURS} WARN GET /not-there 404"))
    assert (said["live"], said["critical"]) == (True, 0)
    assert said["how"].startswith("a line was written of [logs] event")


def test_an_event_that_nobody_writes_down_proves_that_the_log_is_dead(log):
    log.write(f"{EARLIER} INFO ready")
    log.open()
    said = log.read(lambda: None)
    assert said["live"] is False
    assert "not even of [logs] event" in said["how"]


def rotated(log):
    log.path.rename(log.path.with_suffix(".1"))
    log.write("2026-11-22T14:00:10Z INFO begun anew, and already longer than the one before it was", "x" * 99)


def cut(log):
    log.path.write_bytes(b"")


def cut_and_grown(log):
    log.path.write_bytes(b"")
    log.write(*[f"{OURS} INFO line {n}" for n in range(99)])


def removed(log):
    log.path.unlink()


@pytest.mark.parametrize("happening", [rotated, cut, cut_and_grown, removed])
def test_a_log_that_is_not_the_one_the_run_began_with_says_nothing(log_anywhere, happening):
    log = log_anywhere
    log.write(f"{EARLIER} INFO ready", f"{EARLIER} INFO steady")
    log.open()
    happening(log)
    assert list(log.read(lambda: None)) == ["unknown"]


def test_a_log_that_was_never_there_says_nothing(log_anywhere):
    log_anywhere.path.unlink()
    log_anywhere.open()
    assert "is missing" in log_anywhere.read()["unknown"]


def test_lines_without_times_are_known_from_the_begin_of_the_run(log):
    log.write("ready", "steady")
    said = log.read_after("go")
    assert said["from"] == "2026-11-22T14:00:00Z"
    assert "bear no times" in said["how"]


@pytest.mark.parametrize("ours", ["2026-11-22 06:00:30 INFO x", "2027-01-01T00:00:00Z INFO x", "no time"])
def test_the_times_of_a_clock_that_is_wrong_are_not_believed(log, ours):
    log.write(f"{EARLIER} INFO ready")
    said = log.read_after(ours)
    assert said["from"] == "2026-11-22T14:00:00Z"
    assert "cannot be checked" in said["how"]


def test_a_first_line_of_later_does_not_shorten_the_window_of_the_run(log):
    assert log.read_after(f"{OURS} INFO x")["from"] == "2026-11-22T14:00:00Z"


def test_examples_are_few_short_printable_and_without_secrets(log):
    secret = "k" * 400
    log.open()
    log.write(*[f"{OURS} ERROR {n} \x1b[2J\x07 {secret}" for n in range(9)])
    said = log.read(clean=lambda text: text.replace(secret, "[secret]"))
    assert (said["critical"], len(said["examples"])) == (9, 5)
    for example in said["examples"]:
        assert example.isprintable()
        assert len(example) <= 300
        assert "kkk" not in example
        assert "[secret]" in example


def test_bytes_that_are_no_text_are_read_over(log):
    said = log.read_after(bytes(range(256)) * 40, b"\xff\xfe" * 5000, f"{OURS} ERROR after it")
    assert said["critical"] == 1


def test_of_a_log_of_gigabytes_only_the_end_is_read(log):
    with log.path.open("r+b") as stream:
        stream.truncate(2 * 2**30)  # a sparse file, one line without an end
    log.write("", f"{EARLIER} ERROR before the run")
    log.open()
    log.write(f"{OURS} INFO x")
    read = []
    assert effort(lambda: read.append(log.read())) < 400
    [said] = read
    assert (said["from"], said["critical"]) == (EARLIER, 1)
    assert f"the last {BACK} were read" in said["how"]


def test_a_log_that_grows_by_gigabytes_says_nothing(log):
    log.open()
    with log.path.open("r+b") as stream:
        stream.truncate(DURING + 1)
    assert f"{DURING} are read at most" in log.read()["unknown"]


def test_a_whole_log_of_ordinary_lines_is_read_in_bounded_time(log):
    line = f'{OURS} INFO request method=GET path=/api/problems status=200 ms=3 msg="served"\n'.encode()
    log.open()
    log.path.write_bytes(line * (2**24 // len(line)))
    read = []
    assert effort(lambda: read.append(log.read())) < 500
    assert read[0]["critical"] == 0


def test_a_machine_that_went_away_says_nothing(log, far, tmp_path):
    shell = Shell(far.named(port=far.closed))
    (far.folder / "open").touch()
    log.write(f"{EARLIER} INFO ready")
    away = Log(MachineFile(Machine(shell, tmp_path), "gaia.log"), log.path)
    try:
        away.open()
        (far.folder / "open").unlink()
        assert "Not available now" in away.read()["unknown"]
    finally:
        (far.folder / "open").unlink(missing_ok=True)
        shell.close()
