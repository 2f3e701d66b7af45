"""Health tells the truth: every way the database can fail is seen, soon, and so is its recovery."""

import itertools
import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.opening import create
from proveout_reference.gaia.health import probe as probe_module
from proveout_reference.gaia.health.probe import Probe


@pytest.fixture(scope="module")
def server(make_shared_server):
    """The server whose database is harmed and mended."""
    return make_shared_server("prod", GAIA_HEALTH_CHECK_INTERVAL_SECONDS="0.2")


def test_health_says_who_answers(dev, staging, prod):
    for server, env, version in ((dev, "dev", "dev-latest"), (staging, "staging", "staging-latest")):
        body = server.client.get("/health").json()
        assert (body["status"], body["database"]) == ("healthy", "ok")
        assert (body["environment"], body["version"]) == (env, version)
    answer = prod.client.get("/health")
    assert set(answer.json()) == {"status", "environment", "version", "database", "timestamp"}
    moment = answer.json()["timestamp"]
    assert moment.endswith("Z")
    assert abs(datetime.fromisoformat(moment) - datetime.now(UTC)) < timedelta(seconds=10)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_a_deleted_database_is_seen_and_its_return_too(server, eventually):
    aside = server.site.database.with_name("aside")
    server.site.database.rename(aside)
    assert server.health() == (503, "the database file is gone")
    aside.rename(server.site.database)
    assert eventually(lambda: server.health() == (200, ""))


def test_another_database_in_its_place_is_seen(server, eventually):
    aside = server.site.database.with_name("aside")
    server.site.database.rename(aside)
    server.site.database.write_bytes(aside.read_bytes())
    assert server.health() == (503, "the database file was replaced by another")
    aside.rename(server.site.database)
    assert eventually(lambda: server.health() == (200, ""))


def test_a_lock_is_seen_within_bounds_and_stops_no_other_request(server, eventually):
    with closing(sqlite3.connect(server.site.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(0.15)  # what was found a tenth of a second ago is told again
        started = time.monotonic()
        assert server.health() == (503, "the database is locked")
        assert 0.9 < time.monotonic() - started < 2.0
        started = time.monotonic()
        assert server.client.get("/api/admin/quotas/rules").status_code == 200
        assert server.client.get("/api/ws/health").status_code == 200
        assert time.monotonic() - started < 0.5
        other.execute("COMMIT")
    assert eventually(lambda: server.health() == (200, ""))


def test_a_read_only_database_is_seen(server, eventually):
    server.site.database.chmod(0o444)
    assert server.health() == (503, "the database file is read-only")
    server.site.database.chmod(0o644)
    assert eventually(lambda: server.health() == (200, ""))


@pytest.mark.parametrize("offset", [0, 8192])
def test_damage_is_seen_and_its_repair_too(server, eventually, offset):
    with server.site.database.open("r+b") as file:
        file.seek(offset)
        good = file.read(4096)
        file.seek(offset)
        file.write(os.urandom(4096))
    status, reason = eventually(lambda: (found := server.health())[0] == 503 and found)
    assert (status, "damaged" in reason or "does not work" in reason) == (503, True)
    with server.site.database.open("r+b") as file:
        file.seek(offset)
        file.write(good)
    assert eventually(lambda: server.health() == (200, ""))


def test_a_backup_copied_over_it_is_seen(make_server):
    server = make_server("prod")
    (backup,) = server.site.backups.iterdir()
    server.site.database.write_bytes(backup.read_bytes())
    assert server.health() == (503, "the database file was overwritten by another")


def test_a_full_disk_is_seen(tmp_path, clock_at, monkeypatch):
    path = tmp_path / "a.db"
    create(path, clock_at("2026-11-20T10:00:00Z"))
    database = Database(path)
    assert Probe(database).look().reason == ""
    full = os.statvfs_result((4096, 4096, 100, 10, 10, 10, 10, 10, 0, 255))
    monkeypatch.setattr(probe_module.os, "statvfs", lambda _path: full)
    assert Probe(database).look().reason == "the disk is full"
    database.close()


def test_no_reason_names_a_path(server, eventually):
    aside = server.site.database.with_name("aside")
    server.site.database.rename(aside)
    assert str(server.site.folder) not in server.client.get("/health").text
    aside.rename(server.site.database)
    assert eventually(lambda: server.health() == (200, ""))


def test_the_monitor_checks_on_its_beat_and_keeps_a_record(server, eventually):
    assert eventually(lambda: server.metrics()['gaia_health_checks_total{result="success"}'] > 5)
    found = server.client.get("/api/health/checks?limit=4").json()
    assert (found["enabled"], found["interval_seconds"], len(found["checks"])) == (True, 0.2, 4)
    times = [datetime.fromisoformat(check["time"]).timestamp() for check in found["checks"]]
    steps = [later - earlier for later, earlier in itertools.pairwise(times)]
    assert sum(steps) / len(steps) == pytest.approx(0.2, abs=0.1)
    age = time.time() - server.metrics()["gaia_health_last_check_timestamp_seconds"]
    assert age < 5


def test_a_failure_leaves_a_line_at_error_and_a_recovery_one_too(server, eventually):
    aside = server.site.database.with_name("aside")
    server.site.database.rename(aside)
    assert eventually(lambda: '"msg":"no longer healthy"' in server.site.log)
    aside.rename(server.site.database)
    assert eventually(lambda: '"msg":"healthy again"' in server.site.log)
    line = next(line for line in server.site.log.splitlines() if "no longer healthy" in line)
    assert '"level":"ERROR"' in line
    wanted = "SELECT count(*) FROM health_checks WHERE healthy = 0"
    assert eventually(lambda: server.site.query(wanted)[0][0] > 0)


def test_an_environment_that_does_not_watch_itself_says_so(make_server):
    server = make_server("dev", GAIA_HEALTH_CHECK_ENABLED="false")
    assert server.client.get("/api/health/checks").json()["enabled"] is False
    assert server.metrics()["gaia_health_last_check_timestamp_seconds"] == 0
