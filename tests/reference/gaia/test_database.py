"""The database: created, migrated, refused, reset, and never mixed with another's log."""

import hashlib
import os
import sqlite3
from contextlib import closing

import pytest

from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.database.migrations import CURRENT, MIGRATIONS, Migration, migrate, version_of
from proveout_reference.gaia.database.opening import StartRefusedError, create, open_database
from proveout_reference.gaia.log.file import LogFile
from proveout_reference.gaia.log.formats import structured
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.settings import read_settings

NOW = "2026-11-20T10:00:00Z"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def damage(path):
    with path.open("r+b") as file:
        file.write(os.urandom(8192))


@pytest.fixture
def old_site(make_site, clock_at):
    """Makes an environment whose database has an old schema and a rule in it."""

    def make(env, version=1):
        site = make_site(env)
        site.database.parent.mkdir()
        create(site.database, clock_at(NOW), version)
        site.query("INSERT INTO quota_rules VALUES (1, 'kept', NULL, 1, 2, 3, 1, ?, ?)", NOW, NOW)
        return site

    return make


def test_there_are_at_least_three_versions_in_order():
    versions = [step.version for step in MIGRATIONS]
    assert versions == list(range(1, CURRENT + 1))
    assert CURRENT >= 3


@pytest.mark.parametrize("env", ["dev", "staging"])
def test_an_old_schema_is_migrated_where_that_is_automatic(old_site, clock_at, env):
    site = old_site(env)
    settings = read_settings({**site.variables, "GAIA_DB_PATH": str(site.database)})
    open_database(settings, clock_at(NOW), Log("error", clock_at(NOW), [])).close()
    assert site.query("SELECT command_type FROM quota_rules") == [("kept",)]
    assert site.query("SELECT max(version) FROM schema_migrations") == [(CURRENT,)]
    assert site.query("PRAGMA user_version") == [(CURRENT,)]


def test_a_server_serves_what_it_has_migrated(old_site, make_server):
    site = old_site("dev", 2)
    assert make_server("dev", site=site).rules() == ["kept"]
    assert "database migrated" in site.log


def test_prod_refuses_an_old_schema_and_names_the_way_out(old_site):
    site = old_site("prod", 2)
    before = digest(site.database)
    assert site.run() == 4
    assert site.console == "gaia: the database has schema 2, 3 is needed: run bin/gaia migrate\n"
    assert digest(site.database) == before
    assert '"level":"ERROR","msg":"start refused"' in site.log
    assert site.run("migrate") == 0
    assert site.console == "gaia: migrated from schema 2 to 3\n"
    assert site.query("SELECT command_type FROM quota_rules") == [("kept",)]


def test_a_schema_of_the_future_is_refused(old_site, clock_at):
    site = old_site("dev", CURRENT)
    site.query("INSERT INTO schema_migrations VALUES (99, 'later', '')")
    site.query("PRAGMA user_version = 99")
    settings = read_settings({**site.variables, "GAIA_DB_PATH": str(site.database)})
    with pytest.raises(StartRefusedError, match="newer than") as refused:
        open_database(settings, clock_at(NOW), Log("error", clock_at(NOW), []))
    assert refused.value.code == 4


def test_a_migration_is_whole_or_nothing(tmp_path, clock_at, monkeypatch):
    path = tmp_path / "a.db"
    create(path, clock_at(NOW), 1)
    broken = Migration(2, "broken", ("CREATE TABLE half (a)", "CREATE NONSENSE"))
    monkeypatch.setattr("proveout_reference.gaia.database.migrations.MIGRATIONS", (MIGRATIONS[0], broken))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, clock_at(NOW), 2)
        assert version_of(connection) == 1
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


@pytest.mark.parametrize("kind", ["pages", "empty", "text"])
def test_dev_resets_a_damaged_database_and_keeps_the_old_one(make_site, clock_at, kind):
    site = make_site("dev")
    site.database.parent.mkdir()
    if kind == "pages":
        create(site.database, clock_at(NOW))
        damage(site.database)
    else:
        site.database.write_bytes(b"" if kind == "empty" else b"no database at all")
    before = site.database.read_bytes()
    settings = read_settings({**site.variables, "GAIA_DB_PATH": str(site.database)})
    file = LogFile(site.folder / "log", structured, 10**6, clock_at(NOW))
    open_database(settings, clock_at(NOW), Log("warn", clock_at(NOW), [file])).close()
    assert site.query("SELECT count(*) FROM quota_rules") == [(0,)]
    assert 'level=WARN msg="database reset"' in file.path.read_text()
    (kept,) = site.database.parent.glob("dev_gaia.db.corrupt-*")
    assert kept.read_bytes() == before


@pytest.mark.parametrize("env", ["staging", "prod"])
@pytest.mark.parametrize("harm", [damage, lambda path: path.write_bytes(b"")], ids=["pages", "empty"])
def test_staging_and_prod_never_reset_one(make_site, clock_at, env, harm):
    site = make_site(env)
    site.database.parent.mkdir()
    create(site.database, clock_at(NOW))
    harm(site.database)
    before = digest(site.database)
    if env == "prod" and harm is damage:
        assert site.run() == 3
        assert "the database is damaged and is not reset here" in site.console
        assert "ERROR" in site.log
    else:
        log = Log("error", clock_at(NOW), [])
        settings = read_settings({**site.variables, "GAIA_DB_PATH": str(site.database)})
        with pytest.raises(StartRefusedError, match="is damaged and is not reset here") as refused:
            open_database(settings, clock_at(NOW), log)
        assert refused.value.code == 3
    assert digest(site.database) == before
    assert [path.name for path in site.database.parent.iterdir()] == [site.database.name]


def test_data_outlive_the_server_even_one_that_is_killed(make_server):
    server = make_server("prod")
    assert server.add_rule("before-the-end").status_code == 201
    server.kill()
    again = make_server("prod", site=server.site)
    assert again.rules() == ["before-the-end"]
    assert again.stop() == 0
    assert server.site.query("SELECT command_type FROM quota_rules") == [("before-the-end",)]


def test_a_damaged_dev_serves_again(make_server):
    server = make_server("dev")
    assert server.stop() == 0
    damage(server.site.database)
    again = make_server("dev", site=server.site)
    assert (again.health(), again.rules()) == ((200, ""), [])


def test_a_deleted_dev_database_comes_back_fresh(make_server):
    server = make_server("dev")
    server.add_rule("gone-with-it")
    server.kill()  # its journal stays behind
    server.site.database.unlink()
    again = make_server("dev", site=server.site)
    assert again.rules() == []
    assert again.health() == (200, "")


@pytest.mark.parametrize(("env", "pattern"), [("staging", "*.backup"), ("prod", "prod_gaia.db.*")])
def test_a_backup_copied_over_the_database_of_a_killed_server_restores_it(make_server, env, pattern):
    server = make_server(env)
    server.add_rule("in-the-backup")
    site = server.site
    assert site.run("backup") == 0
    (backup,) = site.backups.glob(pattern)
    server.add_rule("after-the-backup")
    server.kill()
    site.database.write_bytes(backup.read_bytes())  # the recipe: cp over it, start again
    again = make_server(env, site=site)
    assert again.rules() == ["in-the-backup"]
    assert again.health() == (200, "")
    assert backup.exists()


def test_the_environments_have_a_database_each(dev, staging, prod):
    dev.add_rule("only-in-dev")
    assert "only-in-dev" in dev.rules()
    assert "only-in-dev" not in staging.rules() + prod.rules()
    assert len({str(server.site.database) for server in (dev, staging, prod)}) == 3


def test_a_full_queue_refuses_instead_of_growing(tmp_path, clock_at):
    path = tmp_path / "a.db"
    create(path, clock_at(NOW))
    database = Database(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        futures = [database._writer.submit(lambda _: None, "BEGIN IMMEDIATE") for _ in range(1000)]
        with pytest.raises(UnavailableError, match="too much is waiting"):
            database.write_now(lambda _: None)
        other.execute("COMMIT")
    for future in futures:
        future.result(10)
    assert database.close()
