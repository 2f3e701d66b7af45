"""The log: three formats of one line each, four outputs, levels, size, age, and nothing that is secret."""

import inspect
import json
import os
import re
import socket
import time
import types

import pytest

from proveout_reference.gaia.log.file import LogFile
from proveout_reference.gaia.log.formats import FORMATS, minimal, structured, verbose
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.log.record import Record
from proveout_reference.gaia.log.retention import LogRetention

DAY = 86400
NOW = "2026-11-20T10:00:00Z"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
HOSTILE = "/a%0d%0a%1b[31mred%e2%80%a8line?key=hidden-query"


def seen(server, eventually):
    """The lines of a request that nobody else makes."""
    marker = f"marker-{time.monotonic_ns()}"
    server.client.get(f"/{marker}")
    return eventually(lambda: [line for line in server.site.log.splitlines() if marker in line])


def test_dev_is_verbose_and_coloured(dev, eventually):
    (line,) = seen(dev, eventually)
    assert COLOUR.search(line)
    plain = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN  \[\d+ MainThread\] request method=GET path=/marker"
    assert re.match(plain, COLOUR.sub("", line))


def test_staging_is_structured(staging, eventually):
    (line,) = seen(staging, eventually)
    assert re.match(
        r"time=\S+Z level=WARN msg=request method=GET path=/marker-\d+ status=404 ms=[\d.]+$", line
    )
    pair = r'[a-z_]+=(?:"(?:[^"\\]|\\.)*"|[^\s"=]+)'
    for each in staging.site.log.splitlines():
        assert re.fullmatch(rf"{pair}(?: {pair})*", each), each


def test_prod_is_minimal_json(prod, eventually):
    (line,) = seen(prod, eventually)
    record = json.loads(line)
    assert list(record) == ["time", "level", "msg", "method", "path", "status", "ms"]
    assert (record["level"], record["msg"], record["status"]) == ("WARN", "request", 404)
    for each in prod.site.log.splitlines():
        assert list(json.loads(each))[:3] == ["time", "level", "msg"]


def test_each_environment_logs_at_its_level(dev, staging, prod, eventually):
    for server, words in (
        (dev, {"DEBUG", "INFO", "WARN"}),
        (staging, {"INFO", "WARN"}),
        (prod, {"WARN"}),
    ):
        server.client.get("/health")
        seen(server, eventually)
        plain = COLOUR.sub("", server.site.log)
        assert words <= set(re.findall(r"\b(DEBUG|INFO|WARN)\b", plain)) <= words | {"WARN"}
    for server in (dev, staging):
        assert eventually(lambda server=server: "path=/health" in COLOUR.sub("", server.site.log))
    assert '"status":200' not in prod.site.log


def test_a_clean_run_has_no_line_with_error_and_a_failure_has_one(make_server, eventually):
    server = make_server("prod")
    server.client.get("/missing")
    assert "ERROR" not in server.site.log
    server.site.database.unlink()
    assert server.client.get("/health").status_code == 503
    lines = eventually(lambda: [line for line in server.site.log.splitlines() if "ERROR" in line])
    record = next(record for line in lines if (record := json.loads(line))["msg"] == "request")
    assert (record["path"], record["status"]) == ("/health", 503)


def test_a_path_cannot_forge_a_line_or_a_colour(dev, staging, prod, eventually):
    for server in (dev, staging, prod):
        server.client.get(HOSTILE)
        raw = eventually(
            lambda server=server: [x for x in server.site.log.split("\n") if "031mred" in x or "[31mred" in x]
        )
        assert len(raw) == 1
        text = raw[0]
        assert "\\u001b[31mred" in text
        assert "\\r\\n" in text
        assert "\u2028" not in text
        assert "hidden-query" not in server.site.log


def test_dev_logs_to_the_console_too(dev, staging, eventually):
    (line,) = seen(dev, eventually)
    assert eventually(lambda: line in dev.site.console)
    assert staging.site.console == ""


@pytest.mark.parametrize("kind", ["udp", "socket"])
def test_prod_logs_to_syslog_too(make_server, tmp_path, kind):
    family = socket.AF_INET if kind == "udp" else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0) if kind == "udp" else str(tmp_path / "log"))
        service.settimeout(5)
        address = service.getsockname() if kind == "socket" else f"127.0.0.1:{service.getsockname()[1]}"
        server = make_server("prod", GAIA_SYSLOG_ADDRESS=address)
        server.client.get("/missing-7c")
        taken = [service.recv(10_000).decode() for _ in range(2)]
    assert "no admin token is set" in taken[0]
    wanted = r"<28>1 \S+Z \S+ gaia \d+ - - (\{.*\})" if kind == "udp" else r"<28>gaia\[\d+\]: (\{.*\})"
    record = json.loads(re.fullmatch(wanted, taken[1])[1])
    assert (record["level"], record["path"]) == ("WARN", "/missing-7c")
    assert "syslog is not there" not in server.site.log


def test_a_missing_syslog_is_one_warning(prod):
    assert prod.site.log.count("syslog is not there") == 1


def test_the_format_and_the_outputs_can_be_chosen(make_server, eventually):
    server = make_server("dev", GAIA_LOG_FORMAT="json", GAIA_LOG_OUTPUTS="console,metrics")
    server.client.get("/missing")
    assert not (server.site.folder / "logs").exists()
    assert eventually(lambda: '"path":"/missing"' in server.site.console)
    assert server.metrics()['gaia_log_lines_total{level="warn"}'] == 1


def test_a_removed_log_is_begun_anew(staging, eventually):
    path = staging.site.folder / "logs" / "gaia.log"
    path.rename(path.with_name("moved-away"))
    assert len(seen(staging, eventually)) == 1


@pytest.fixture
def make_log(tmp_path, clock_at):
    """A log with one file, and the clock that both take the time from."""

    def make(largest=16 * 1024, level="info", shape="structured"):
        clock = clock_at(NOW)
        file = LogFile(tmp_path / "logs" / "gaia.log", FORMATS[shape], largest, clock)
        return Log(level, clock, [file]), file, clock

    return make


def test_the_file_never_exceeds_its_size_and_nothing_is_lost(make_log):
    log, file, clock = make_log()
    largest = 0
    for number in range(500):
        log.info("event", number=number, filling="x" * 200)
        largest = max(largest, file.path.stat().st_size)
        if number % 50 == 49:
            clock.move(1)
    assert 15_000 < largest <= 16 * 1024
    names = sorted(path.name for path in file.path.parent.iterdir())
    assert all(re.fullmatch(r"gaia\.log(\.20261120T1000\d\d(\.\d+)?)?", name) for name in names)
    lines = [line for path in file.path.parent.iterdir() for line in path.read_text().splitlines()]
    assert {int(re.search(r"number=(\d+)", line)[1]) for line in lines} == set(range(500))


def test_a_huge_value_is_cut_and_stays_one_line(make_log):
    log, file, _ = make_log()
    log.warning("request", path="\x1b\n" * 100_000, agent="\u2028" * 100_000, more="\x00" * 100_000)
    (line,) = file.path.read_text().splitlines()
    assert len(line) < 16 * 1024


def test_a_full_disk_loses_the_line_and_not_the_server(make_log, monkeypatch):
    log, file, _ = make_log()

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        log.info("lost")
    log.info("kept")
    assert file.lost == 1
    assert "msg=kept" in file.path.read_text()


def aged(file, name, days, clock):
    path = file.path.with_name(name)
    path.write_text("a line\n")
    moment = clock.now().timestamp() - days * DAY
    os.utime(path, (moment, moment))


@pytest.mark.parametrize("days", [7, 30, 90])
def test_logs_are_kept_for_their_days_and_no_longer(make_log, days):
    log, file, clock = make_log()
    for age in (days - 1, days + 1):
        stamp = f"{clock.now().timestamp() - age * DAY:.0f}"
        aged(file, f"gaia.log.by-change-{stamp}", age, clock)
    old, young = ("20260101T000000", "20261120T090000")
    for stamp in (old, young):
        aged(file, f"gaia.log.{stamp}", 0, clock)
    aged(file, "other.log", 1000, clock)
    retention = LogRetention(file, days * DAY, clock, log)
    removed = retention.cycle()
    assert len(removed) == 2
    assert f"gaia.log.{old}" in removed
    left = {path.name for path in file.path.parent.iterdir()}
    assert {"gaia.log", "other.log", f"gaia.log.{young}"} <= left
    assert len(left) == 4
    assert retention.cycle() == []


def test_a_day_old_file_is_set_aside_so_that_its_age_can_be_told(make_log):
    log, file, clock = make_log()
    log.info("yesterday")
    retention = LogRetention(file, 7 * DAY, clock, log)
    clock.move(DAY + 1)
    retention.cycle()
    assert file.path.read_text() == ""
    assert "yesterday" in file.path.with_name("gaia.log.20261121T100001").read_text()
    clock.move(7 * DAY + 1)
    assert "gaia.log.20261121T100001" in retention.cycle()


def test_old_logs_are_looked_for_at_the_start(make_site, make_server):
    site = make_site("staging")
    logs = site.folder / "logs"
    logs.mkdir()
    for name, days in (("gaia.log.20260101T000000", 31), ("gaia.log.old", 31), ("gaia.log.young", 29)):
        (logs / name).write_text("a line\n")
        moment = time.time() - days * DAY
        os.utime(logs / name, (moment, moment))
    make_server("staging", site=site)
    assert {path.name for path in logs.iterdir()} == {"gaia.log", "gaia.log.young"}


def test_every_format_gives_one_line_for_every_kind_of_value(clock_at):
    fields = {"a": "x y", "b": 1.5, "c": True, "d": None, "e": 'q"', "f": "", "g": "ü", "h": 2}
    record = Record(clock_at(NOW).now(), "error", "it failed", fields)
    assert json.loads(minimal(record))["level"] == "ERROR"
    assert structured(record) == (
        'time=2026-11-20T10:00:00.000Z level=ERROR msg="it failed" a="x y" b=1.5 c=true d=none e="q\\"" '
        'f="" g="\\u00fc" h=2'
    )
    assert COLOUR.sub("", verbose(record)).startswith("2026-11-20T10:00:00.000Z ERROR [")
    for line in (minimal(record), structured(record), verbose(record)):
        assert len(line.splitlines()) == 1


def here():
    """The way to this line, as an error would hold it."""
    frame = inspect.currentframe()
    return types.TracebackType(None, frame, frame.f_lasti, frame.f_lineno)


def test_a_crash_is_told_without_what_a_user_sent_and_with_the_way_where_debugging(make_log):
    log, file, _ = make_log()
    error = ValueError("secret-from-a-body").with_traceback(here())
    log.crash("request crashed", error)
    log._traces = True
    log.crash("request crashed", error)
    short, long = file.path.read_text().splitlines()
    assert "secret-from-a-body" not in short + long
    assert "crash=ValueError at=test_log.py:" in short
    assert "trace=" not in short
    assert "trace=" in long
