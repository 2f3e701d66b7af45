"""Backups: taken on time, named by UTC, whole, kept as long as they should be, never in the way."""

import asyncio
import os
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import httpx
import pytest

from proveout_reference.gaia.database.backups import Backups
from proveout_reference.gaia.database.copy import CopyError, check
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.opening import create
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.settings import read_settings

HOUR, DAY = 3600, 86400
INSERT = """INSERT INTO quota_rules (command_type, daily_limit, weekly_limit, monthly_limit, enabled,
    created_at, updated_at) VALUES ('a', 1, 1, 1, 1, '', '')"""


class Kept:
    """A database with its backups on a clock that is moved by hand."""

    def __init__(self, folder, env, clock, variables):
        path = folder / f"{env}_gaia.db"
        create(path, clock)
        self.clock = clock
        self.path = path
        self.database = Database(path)
        self.metrics = Metrics(env, "1")
        self.backups = Backups(
            self.database, read_settings(variables), clock, Log("error", clock, []), self.metrics
        )

    def names(self):
        return sorted(path.name for path in self.backups.folder.iterdir())

    def take(self):
        """A backup of now, as old as the clock says."""
        for name in self.backups.take():
            moment = self.clock.now().timestamp()
            os.utime(self.backups.folder / name, (moment, moment))

    def add(self, name, age):
        path = self.backups.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.path.read_bytes())
        moment = (self.clock.now() - timedelta(seconds=age)).timestamp()
        os.utime(path, (moment, moment))


@pytest.fixture
def kept(tmp_path, clock_at, make_site):
    """Makes a database of an environment with its backups."""
    made = []

    def make(env, moment="2026-11-20T10:59:00Z"):
        made.append(Kept(tmp_path, env, clock_at(moment), make_site(env).variables))
        return made[-1]

    yield make
    for each in made:
        each.database.close()


def test_the_first_is_there_when_the_server_says_it_is_ready(staging, prod):
    assert (staging.site.backups / "staging_gaia.db.backup").exists()
    (hourly,) = prod.site.backups.iterdir()
    assert hourly.name.startswith("prod_gaia.db.20")
    for server in (staging, prod):
        assert server.metrics()["gaia_backup_last_success_timestamp_seconds"] > 1.7e9
        assert server.metrics()['gaia_backups_total{result="success"}'] == 1


def test_dev_has_none(dev):
    assert not dev.site.backups.exists()


def test_prod_has_one_for_each_hour_just_after_it_began(kept):
    each = kept("prod")
    each.backups.cycle()
    assert each.names() == ["prod_gaia.db.20261120_10"]

    async def over_the_hour():
        loop = asyncio.create_task(each.backups.run())
        for _ in range(4):
            await each.clock.slept_on()
            each.clock.move(30)
        await each.clock.slept_on()
        loop.cancel()

    asyncio.run(over_the_hour())
    assert each.names() == ["prod_gaia.db.20261120_10", "prod_gaia.db.20261120_11"]


def test_staging_has_one_a_day_and_the_newest_under_a_fixed_name(kept):
    each = kept("staging")
    for _ in range(3):
        assert each.backups.is_due()
        each.take()
        assert not each.backups.is_due()
        each.clock.move(DAY)
    days = [f"staging_gaia.db.202611{day}" for day in (20, 21, 22)]
    assert each.names() == [*days, "staging_gaia.db.backup"]
    newest, latest = (each.backups.folder / name for name in ("staging_gaia.db.backup", days[-1]))
    assert newest.read_bytes() == latest.read_bytes()
    assert not newest.samefile(latest)


def test_staging_misses_no_day_however_late_one_was(kept):
    each = kept("staging", "2026-11-20T23:59:50Z")
    each.take()
    each.clock.move(20)
    assert each.backups.is_due()


def test_a_stale_one_is_due_again(kept):
    each = kept("prod")
    each.add("prod_gaia.db.20261120_10", 2 * HOUR)
    assert each.backups.is_due()


@pytest.mark.parametrize(("env", "days", "shape"), [("staging", 7, "%Y%m%d"), ("prod", 90, "%Y%m%d_%H")])
def test_they_are_kept_for_their_days_and_not_one_less(kept, env, days, shape):
    each = kept(env)
    ages = [0, 1, days - 1, days, days + 2, days + 40]
    for age in ages:
        stamp = (each.clock.now() - timedelta(days=age)).strftime(shape)
        each.add(f"{env}_gaia.db.{stamp}", age * DAY - 1)
    each.add("someone-elses-file", 1000 * DAY)
    assert len(each.backups.prune()) == 2
    assert len(each.names()) == len(ages) - 2 + 1
    assert each.backups.prune() == []


def test_the_only_one_is_never_removed(kept):
    each = kept("prod")
    each.add("prod_gaia.db.20250101_00", 600 * DAY)
    assert each.backups.prune() == []


def test_a_copy_made_while_others_write_is_of_one_moment(kept):
    each = kept("prod")
    stop = threading.Event()

    def write():
        while not stop.is_set():
            each.database.write_now(lambda connection: [connection.execute(INSERT) for _ in range(2)])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(5):
            each.backups.take()
            rows = check(each.backups.folder / "prod_gaia.db.20261120_10")
            assert rows["quota_rules"] % 2 == 0
    finally:
        stop.set()
        thread.join(10)
    assert each.names() == ["prod_gaia.db.20261120_10"]


def test_a_backup_is_one_file_complete_by_itself(prod, tmp_path):
    prod.add_rule("in-the-backup")
    assert prod.site.run("backup") == 0
    (backup,) = prod.site.backups.iterdir()
    alone = tmp_path / "alone.db"
    alone.write_bytes(backup.read_bytes())
    with closing(sqlite3.connect(alone)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rules = {name for (name,) in connection.execute("SELECT command_type FROM quota_rules")}
    assert "in-the-backup" in rules
    assert [path.name for path in tmp_path.iterdir()] == ["alone.db"]


def test_requests_go_on_while_a_backup_is_taken(prod):
    stop = threading.Event()
    statuses = []

    def poll():
        client = httpx.Client(base_url=f"http://127.0.0.1:{prod.port}", trust_env=False)
        while not stop.is_set():
            statuses.append(client.get("/health").status_code)
        client.close()

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        for _ in range(50):  # on a busy machine few questions fit into one backup
            assert prod.site.run("backup") == 0
            if len(statuses) > 5:
                break
    finally:
        stop.set()
        thread.join(10)
    assert set(statuses) == {200}
    assert len(statuses) > 5


def test_a_failing_backup_is_told_and_nothing_of_it_is_left(kept):
    each = kept("prod")
    each.backups.folder.write_text("a file where the folder should be")
    assert each.backups.cycle() is False
    assert each.metrics.backups.labels("failure")._value.get() == 1
    each.backups.folder.unlink()
    assert each.backups.cycle() is True


def test_another_database_in_the_place_of_ours_is_not_backed_up(kept, clock_at):
    each = kept("prod")
    each.path.unlink()
    create(each.path, clock_at("2026-11-20T10:00:00Z"))
    with pytest.raises(CopyError, match="replaced by another"):
        each.backups.take()


def test_a_damaged_database_never_becomes_a_backup(kept):
    each = kept("prod")
    each.take()
    good = (each.backups.folder / "prod_gaia.db.20261120_10").read_bytes()
    with each.path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(4096))
    assert each.backups.cycle() is False or each.names() == ["prod_gaia.db.20261120_10"]
    with pytest.raises(CopyError):
        each.backups.take()
    assert each.names() == ["prod_gaia.db.20261120_10"]
    assert (each.backups.folder / "prod_gaia.db.20261120_10").read_bytes() == good


def test_a_server_whose_backup_fails_serves_on(make_site, make_server):
    site = make_site("prod")
    (site.folder / "data").mkdir()
    site.backups.write_text("a file where the folder should be")
    server = make_server("prod", site=site)
    assert server.health() == (200, "")
    assert '"level":"ERROR","msg":"backup failed"' in site.log
    assert server.metrics()['gaia_backups_total{result="failure"}'] == 1
