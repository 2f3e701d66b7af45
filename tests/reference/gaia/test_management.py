"""The commands beside serve: each does its work whole or not at all, and says what it did."""

import hashlib

import pytest

from proveout_reference.gaia.database.opening import create
from proveout_reference.gaia.management.commands import CommandError, run_command
from proveout_reference.gaia.settings import read_settings

NOW = "2026-11-20T10:00:00Z"


@pytest.fixture
def filled(make_site, clock_at):
    """Makes an environment whose database holds one rule."""

    def make(env):
        site = make_site(env)
        site.database.parent.mkdir()
        create(site.database, clock_at(NOW))
        site.query("INSERT INTO quota_rules VALUES (1, 'kept', NULL, 1, 2, 3, 1, ?, ?)", NOW, NOW)
        return site

    return make


def command(site, clock, name, *arguments):
    """The exit code of a command and what it said, without a process for it."""
    paths = {"GAIA_DB_PATH": str(site.database), "GAIA_LOG_DIR": str(site.folder / "logs")}
    settings = read_settings({**site.variables, **paths})
    try:
        return 0, run_command(name, list(arguments), settings, clock)
    except CommandError as error:
        return error.code, str(error)


@pytest.fixture
def clock(clock_at):
    return clock_at(NOW)


def rules(site):
    return [name for (name,) in site.query("SELECT command_type FROM quota_rules")]


@pytest.mark.parametrize("env", ["staging", "prod"])
def test_staging_and_prod_are_never_reset(filled, env):
    site = filled(env)
    before = hashlib.sha256(site.database.read_bytes()).digest()
    assert site.run("reset") == 5
    assert site.console == f"gaia: {env} is never reset; only dev may be\n"
    assert hashlib.sha256(site.database.read_bytes()).digest() == before


def test_dev_may_be_reset_again_and_again(filled, make_server, clock):
    site = filled("dev")
    for _ in range(2):
        assert command(site, clock, "reset") == (0, "a fresh database is in place")
        assert rules(site) == []
        site.query("INSERT INTO quota_rules VALUES (1, 'kept', NULL, 1, 2, 3, 1, ?, ?)", NOW, NOW)
    assert make_server("dev", site=site).rules() == ["kept"]


def test_neither_reset_nor_restore_under_a_running_server(dev, filled, clock):
    dev.add_rule("still-here")
    backup = filled("dev").database
    for arguments in (("reset",), ("restore", str(backup))):
        problem = "a server is running on this database: stop it first"
        assert command(dev.site, clock, *arguments) == (1, problem)
    assert "still-here" in dev.rules()


def test_a_backup_restores_what_it_holds_and_stays(filled, clock):
    site = filled("prod")
    assert command(site, clock, "backup") == (0, "taken: prod_gaia.db.20261120_10")
    (backup,) = site.backups.iterdir()
    content = backup.read_bytes()
    site.query("UPDATE quota_rules SET command_type = 'changed'")
    assert site.run("restore", f"data/backups/{backup.name}") == 0
    assert site.console.startswith("gaia: restored ")
    assert rules(site) == ["kept"]
    assert backup.read_bytes() == content
    assert len(list(site.database.parent.glob("prod_gaia.db.replaced-*"))) == 1


def test_what_is_no_sound_backup_is_not_restored(filled, tmp_path, clock):
    site = filled("prod")
    before = site.database.read_bytes()
    text = tmp_path / "text"
    text.write_text("no database")
    cut = tmp_path / "cut"
    cut.write_bytes(before[:8192])
    for path, code in ((text, 3), (cut, 3), (tmp_path / "missing", 1)):
        assert command(site, clock, "restore", str(path))[0] == code
        assert site.database.read_bytes() == before


def test_migrate_makes_and_raises_a_database(make_site, clock):
    site = make_site("prod")
    assert command(site, clock, "migrate", "--to", "1") == (0, "created with schema 1")
    assert site.query("SELECT max(version) FROM schema_migrations") == [(1,)]
    assert command(site, clock, "migrate") == (0, "migrated from schema 1 to 3")
    assert command(site, clock, "migrate") == (0, "nothing to do: the database has schema 3")


@pytest.mark.parametrize(
    "arguments", [("dance",), ("migrate", "--to", "9"), ("restore",), ("backup", "now"), ("serve", "now")]
)
def test_a_wrong_command_is_told(make_site, clock, arguments):
    assert command(make_site("dev"), clock, *arguments)[0] == 2


def test_a_wrong_command_of_the_program_is_told(make_site):
    site = make_site("dev")
    assert site.run("dance") == 2
    assert site.console == "gaia: unknown command 'dance': use serve, migrate, backup, restore, reset\n"
