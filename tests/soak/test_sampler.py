"""How a real server is seen: what changes is noticed, what cannot be seen is named, nothing is an error."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from machinery.servers import health
from proveout.access.database import Database
from proveout.access.http import Http
from proveout.access.log_file import LocalFile
from proveout.access.logs import Logs
from proveout.access.machine import Machine
from proveout.catalogue.catalogue import load
from proveout.providers.target import Target
from proveout.safety.guard import Guard
from proveout.safety.policy import Policy
from proveout.soak.sampler import Sampler

CATALOGUE = load(Path(__file__).parents[2] / "environments")
PARTS = {"database", "binary", "rows", "log", "critical", "below", "process"}


def sampler(target, *, machine=True, paused=lambda: False):
    """Return a sampler of the target, with all the access that a copy gives."""
    environment, system = target.environment, CATALOGUE.system_of(target.environment)
    http = Http(target.url, Guard(Policy.of(target), environment.budgets))
    if not machine:
        return Sampler(target, system.identity, http)
    at_hand = Machine.of(target)
    database = Database(at_hand, environment.database.file) if system.name == "gaia" else None
    logs = Logs(LocalFile(target.log_to_read), system.logs)
    return Sampler(target, system.identity, http, at_hand, logs, database, paused)


@pytest.fixture
def still(tmp_path, scripted):
    """A staging that answers health, with files that only the test changes."""
    environment = CATALOGUE.environments["gaia/staging"]
    for name in ("data", "logs", "bin"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin" / "gaia").write_text("1")
    (tmp_path / "logs" / "gaia.log").write_text("")
    with closing(sqlite3.connect(tmp_path / "data" / "staging_gaia.db")) as database:
        database.execute("CREATE TABLE rules (a)")
        database.execute('CREATE TABLE "odd \' name" (a)')
        database.executemany("INSERT INTO rules VALUES (?)", [(n,) for n in range(3)])
        database.commit()
    url = scripted(lambda _: (200, {}, health(environment="staging"))).url
    ports = {"port": int(url.rpartition(":")[2])}
    return Target(environment, "live", url, tmp_path, ports=ports)


@pytest.mark.parametrize(("name", "unknown"), [("gaia/staging", set()), ("ceesar/gamma", {"rows"})])
def test_everything_of_a_copy_is_seen(live, name, unknown):
    target = live(name).target
    look = sampler(target)
    first, second = look(0, 1), look(1, 1)
    assert set(first.unknown) == unknown
    assert (first.environment, first.get, first.head) == (name.partition("/")[2], "200", "200")
    assert psutil.Process(first.pid).create_time() == pytest.approx(first.started, abs=2)
    assert first.rss > 10 * 2**20
    assert first.descriptors > 4
    assert first.threads >= 1
    assert first.binary == second.binary
    assert first.started == second.started
    assert (second.number, second.segment) == (1, 1)
    assert second.database > 0
    assert second.log > 0
    assert (second.critical, second.below) == (0, 0)


def test_without_access_to_the_machine_each_part_is_named_with_what_would_give_it(live):
    sample = sampler(live("gaia/staging").target, machine=False)(0, 1)
    assert set(sample.unknown) == PARTS
    assert all("--env-root" in reason for reason in sample.unknown.values())
    assert (sample.get, sample.environment) == ("200", "staging")


def test_a_server_that_does_not_answer_is_down_and_no_error(still):
    gone = Target(still.environment, "live", "http://127.0.0.1:9", still.root, ports={"port": 9})
    sample = sampler(gone)(0, 1)
    assert sample.get.startswith("GET /health: nothing answers at")
    assert sample.head.startswith("HEAD /health: nothing answers at")
    assert "no process listens on port 9" in sample.unknown["process"]


def test_an_answer_that_is_no_health_is_told_with_its_status(still, scripted):
    url = scripted(lambda request: (503 if request.method == "GET" else 405, {}, b"busy")).url
    sample = sampler(Target(still.environment, "live", url, still.root))(0, 1)
    assert (sample.get, sample.head, sample.environment) == ("503", "405", None)
    assert "identity" in sample.unknown


def test_what_a_server_says_of_itself_is_told_on_one_line_and_does_nothing_to_a_terminal(still, scripted):
    nasty = "\x1b[2J\x9b31m\r\n\x07 9.9"
    says = {"GET": [health(environment="staging", version=nasty), nasty.encode()], "HEAD": [b"", b""]}
    url = scripted(lambda request: (200, {"content-type": nasty[:4]}, says[request.method].pop(0))).url
    look = sampler(Target(still.environment, "live", url, still.root))
    first, second = look(0, 1), look(1, 1)
    texts = [first.version, first.get, first.head, second.unknown["identity"]]
    assert [text for text in texts if not text.isprintable()] == []
    assert "\\x1b[2J" in first.version
    assert "\\x1b[2J" in second.unknown["identity"]


def test_in_a_pause_nobody_is_asked(still):
    sample = sampler(still, paused=lambda: True)(0, 1)
    assert (sample.get, sample.head) == (None, None)
    assert sample.unknown["get"] == "nobody was asked in a pause of the profile"
    assert sample.rows is not None


def test_rows_and_the_file_of_the_database_are_told_apart(still):
    look = sampler(still)
    before = look(0, 1)
    assert before.rows == {"rules": 3, "odd ' name": 0}
    file = still.root / "data" / "staging_gaia.db"
    shutil.copy(file, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)
    after = look(1, 1)
    assert after.rows == before.rows
    assert after.database_file != before.database_file
    file.unlink()
    gone = look(2, 1)
    assert (gone.rows, gone.database, gone.database_file) == ({}, 0, "none")


def test_a_binary_that_is_replaced_by_one_of_the_same_size_and_time_is_another(still):
    look = sampler(still)
    before = look(0, 1).binary
    file = still.root / "bin" / "gaia"
    times = file.stat()
    file.write_text("2")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert look(1, 1).binary not in {None, before}


def test_lines_are_counted_since_the_sample_before(still):
    look = sampler(still)
    look(0, 1)
    with (still.root / "logs" / "gaia.log").open("a") as log:
        log.write('time=1 level=debug msg="x"\ntime=1 level=error msg="y"\ntime=1 level=info msg="z"\n')
    sample = look(1, 1)
    assert (sample.critical, sample.below) == (1, 1)
    assert sample.log == (still.root / "logs" / "gaia.log").stat().st_size


def test_a_damaged_database_is_named(still):
    (still.root / "data" / "staging_gaia.db").write_bytes(b"no database")
    sample = sampler(still)(0, 1)
    assert "file is not a database" in sample.unknown["rows"]
    assert sample.database == len(b"no database")
