"""Settings: what the environment variables say, read once and checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from proveout_reference.gaia.variables import Variables

_LARGEST_PORT = 65535
_FORMATS = {"dev": "verbose", "staging": "structured", "prod": "json"}
_OUTPUTS = {"dev": ("console", "file"), "staging": ("file", "metrics"), "prod": ("file", "syslog")}
_LOG_DAYS = {"dev": 7, "staging": 30, "prod": 90}
_LOG_SIZES = {"dev": 10 * 1024**2, "staging": 50 * 1024**2, "prod": 100 * 1024**2}
_BACKUP_DAYS = {"dev": 7, "staging": 7, "prod": 90}
_BACKUP_HOURS = {"dev": 24.0, "staging": 24.0, "prod": 1.0}
_SMALLEST_LOG = 16 * 1024  # room for the longest line
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


class SettingsError(Exception):
    """The variables do not make a configuration; `problems` has one sentence for each that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration in force. Times are in seconds, sizes in bytes."""

    env: str
    version: str
    host: str
    port: int
    metrics_port: int
    debug: bool
    log_level: str
    log_dir: Path
    log_format: str
    log_outputs: tuple[str, ...]
    log_max_size: int
    log_retention: float
    syslog_address: str
    db_path: Path
    db_auto_migrate: bool
    db_reset_on_error: bool
    db_backup_enabled: bool
    db_backup_interval: float
    db_backup_retention: float
    task_queue: bool
    task_worker_threads: int
    task_timeout: float
    health_check_enabled: bool
    health_check_interval: float
    graceful_shutdown: bool
    graceful_timeout: float
    max_connections: int
    ws_max_connections: int
    skip_auth: bool
    admin_token: str = field(repr=False)
    cors_allow_all: bool
    verbose_errors: bool
    experimental_features: bool
    self_improve: bool
    auto_build: bool
    auto_test: bool
    auto_deploy: bool
    dogfood: bool
    aggressive_optimization: bool
    improve_interval: float
    improve_forward_url: str
    improve_forward_token: str = field(repr=False)


def read_settings(variables: Mapping[str, str]) -> Settings:
    """The settings in `variables`; an empty value means unset. Raises SettingsError naming every problem."""
    reader = Variables(variables)
    env = reader.choice("GAIA_ENV", ("dev", "staging", "prod"))
    known = env if env in _FORMATS else "dev"  # only so that reading can go on to the next problem
    settings = Settings(
        env=env,
        version=reader.word("GAIA_VERSION"),
        host=reader.word("GAIA_HOST", "localhost"),
        port=reader.integer("GAIA_PORT", 1, _LARGEST_PORT),
        metrics_port=reader.integer("GAIA_METRICS_PORT", 1, _LARGEST_PORT),
        debug=reader.flag("GAIA_DEBUG"),
        log_level=reader.choice("GAIA_LOG_LEVEL", ("debug", "info", "warn", "error")),
        log_dir=reader.path("GAIA_LOG_DIR"),
        log_format=reader.choice("GAIA_LOG_FORMAT", ("verbose", "structured", "json"), _FORMATS[known]),
        log_outputs=reader.choices(
            "GAIA_LOG_OUTPUTS", ("console", "file", "metrics", "syslog"), _OUTPUTS[known]
        ),
        log_max_size=reader.size("GAIA_LOG_MAX_SIZE", _SMALLEST_LOG, _LOG_SIZES[known]),
        log_retention=reader.number("GAIA_LOG_RETENTION_DAYS", 36500, _LOG_DAYS[known]) * _DAY,
        syslog_address=reader.text("GAIA_SYSLOG_ADDRESS", "/dev/log"),
        db_path=reader.path("GAIA_DB_PATH"),
        db_auto_migrate=reader.flag("GAIA_DB_AUTO_MIGRATE"),
        db_reset_on_error=reader.flag("GAIA_DB_RESET_ON_ERROR"),
        db_backup_enabled=reader.flag("GAIA_DB_BACKUP_ENABLED"),
        db_backup_interval=reader.number("GAIA_DB_BACKUP_INTERVAL_HOURS", 8760, _BACKUP_HOURS[known]) * _HOUR,
        db_backup_retention=reader.number("GAIA_DB_BACKUP_RETENTION_DAYS", 36500, _BACKUP_DAYS[known]) * _DAY,
        task_queue=reader.flag("GAIA_TASK_QUEUE"),
        task_worker_threads=reader.integer("GAIA_TASK_WORKER_THREADS", 1, 256, default=4),
        task_timeout=reader.number("GAIA_TASK_TIMEOUT_MINUTES", 10080, 5) * _MINUTE,
        health_check_enabled=reader.flag("GAIA_HEALTH_CHECK_ENABLED"),
        health_check_interval=reader.number("GAIA_HEALTH_CHECK_INTERVAL_SECONDS", 86400, 30),
        graceful_shutdown=reader.flag("GAIA_GRACEFUL_SHUTDOWN", default=True),
        graceful_timeout=reader.number("GAIA_GRACEFUL_SHUTDOWN_TIMEOUT_SECONDS", 3600, 10),
        max_connections=reader.integer("GAIA_MAX_CONNECTIONS", 1, 100000, default=1000),
        ws_max_connections=reader.integer("GAIA_WS_MAX_CONNECTIONS", 1, 10000, default=100),
        skip_auth=reader.flag("GAIA_SKIP_AUTH"),
        admin_token=reader.text("GAIA_ADMIN_TOKEN"),
        cors_allow_all=reader.flag("GAIA_CORS_ALLOW_ALL"),
        verbose_errors=reader.flag("GAIA_VERBOSE_ERRORS"),
        experimental_features=reader.flag("GAIA_EXPERIMENTAL_FEATURES"),
        self_improve=reader.flag("GAIA_SELF_IMPROVE"),
        auto_build=reader.flag("GAIA_AUTO_BUILD"),
        auto_test=reader.flag("GAIA_AUTO_TEST"),
        auto_deploy=reader.flag("GAIA_AUTO_DEPLOY"),
        dogfood=reader.flag("GAIA_DOGFOOD"),
        aggressive_optimization=reader.flag("GAIA_AGGRESSIVE_OPTIMIZATION"),
        improve_interval=reader.number("GAIA_IMPROVE_INTERVAL_SECONDS", 604800, 300),
        improve_forward_url=reader.url("GAIA_IMPROVE_FORWARD_URL"),
        improve_forward_token=reader.text("GAIA_IMPROVE_FORWARD_TOKEN"),
    )
    if settings.port == settings.metrics_port and not reader.problems:
        reader.wrong("GAIA_METRICS_PORT", "another port than GAIA_PORT")
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def in_force(settings: Settings) -> dict[str, str | int | float | bool]:
    """What a person on call may see of the settings: every value, but of a token only set or unset."""
    shown: dict[str, str | int | float | bool] = {}
    for each in fields(settings):
        value = getattr(settings, each.name)
        if each.name.endswith("_token"):
            value = "set" if value else "unset"
        elif isinstance(value, tuple):
            value = ",".join(value)
        elif isinstance(value, Path):
            value = str(value.relative_to(Path.cwd()) if value.is_relative_to(Path.cwd()) else value)
        shown[each.name] = value
    return shown
