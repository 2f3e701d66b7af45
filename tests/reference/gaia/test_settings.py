"""What the environment variables may say, and what the server says when they are wrong."""

import pytest

from proveout_reference.gaia.settings import SettingsError, in_force, read_settings

GOOD = {
    "GAIA_ENV": "prod",
    "GAIA_VERSION": "1.0.0",
    "GAIA_PORT": "8080",
    "GAIA_METRICS_PORT": "9092",
    "GAIA_LOG_LEVEL": "warn",
    "GAIA_LOG_DIR": "./logs",
    "GAIA_DB_PATH": "./data/prod_gaia.db",
}


@pytest.mark.parametrize(
    ("env", "shape", "outputs", "log_days", "backup_days"),
    [
        ("dev", "verbose", ("console", "file"), 7, 7),
        ("staging", "structured", ("file", "metrics"), 30, 7),
        ("prod", "json", ("file", "syslog"), 90, 90),
    ],
)
def test_format_outputs_and_retention_follow_the_environment(env, shape, outputs, log_days, backup_days):
    settings = read_settings(GOOD | {"GAIA_ENV": env})
    assert (settings.log_format, settings.log_outputs) == (shape, outputs)
    assert settings.log_retention == log_days * 86400
    assert settings.db_backup_retention == backup_days * 86400


def test_what_is_not_said_is_off():
    settings = read_settings(GOOD)
    for name in ("self_improve", "auto_deploy", "dogfood", "skip_auth", "cors_allow_all", "task_queue"):
        assert getattr(settings, name) is False
    assert settings.host == "localhost"
    assert settings.health_check_interval == 30


@pytest.mark.parametrize(("text", "size"), [("10M", 10 * 1024**2), ("20k", 20480), ("1GB", 1024**3)])
def test_sizes_have_units(text, size):
    assert read_settings(GOOD | {"GAIA_LOG_MAX_SIZE": text}).log_max_size == size


def test_decimals_are_accepted():
    decimals = {"GAIA_TASK_TIMEOUT_MINUTES": "0.01", "GAIA_DB_BACKUP_INTERVAL_HOURS": "0.5"}
    settings = read_settings(GOOD | decimals)
    assert settings.task_timeout == pytest.approx(0.6)
    assert settings.db_backup_interval == 1800


@pytest.mark.parametrize("name", GOOD)
def test_a_required_variable_is_missed(name):
    with pytest.raises(SettingsError, match=f"{name} is not set"):
        read_settings({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GAIA_ENV", "production"),
        ("GAIA_VERSION", "1 0"),
        ("GAIA_PORT", "0"),
        ("GAIA_PORT", "65536"),
        ("GAIA_METRICS_PORT", "8080"),
        ("GAIA_LOG_LEVEL", "loud"),
        ("GAIA_LOG_FORMAT", "xml"),
        ("GAIA_LOG_OUTPUTS", "file,printer"),
        ("GAIA_LOG_MAX_SIZE", "10X"),
        ("GAIA_LOG_MAX_SIZE", "1K"),
        ("GAIA_LOG_RETENTION_DAYS", "0"),
        ("GAIA_DB_AUTO_MIGRATE", "maybe"),
        ("GAIA_DB_PATH", "data/\x00db"),
        ("GAIA_DB_BACKUP_INTERVAL_HOURS", "-1"),
        ("GAIA_TASK_WORKER_THREADS", "0"),
        ("GAIA_TASK_TIMEOUT_MINUTES", "nan"),
        ("GAIA_MAX_CONNECTIONS", "many"),
        ("GAIA_IMPROVE_FORWARD_URL", "ftp://dev.example"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        read_settings(GOOD | {name: value})


def test_a_token_is_never_shown():
    settings = read_settings(GOOD | {"GAIA_ADMIN_TOKEN": "secret-1"})
    assert in_force(settings)["admin_token"] == "set"  # noqa: S105 - that it is set may be seen
    assert "secret-1" not in str(in_force(settings)) + repr(settings)


def test_every_problem_is_a_sentence_of_its_own_and_nothing_is_made(make_site):
    site = make_site(GAIA_PORT="http", GAIA_LOG_LEVEL="", GAIA_SKIP_AUTH="perhaps")
    assert site.run() == 2
    lines = site.console.splitlines()
    assert [line.split()[1] for line in lines] == ["GAIA_PORT", "GAIA_LOG_LEVEL", "GAIA_SKIP_AUTH"]
    assert not (site.folder / "data").exists()
