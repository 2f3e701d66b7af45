"""What the start-up log says is in force, in the formats servers write; the patterns are the definition's."""

from pathlib import Path

import pytest

from proveout.access.answer import Wrong
from proveout.access.logs import Logs
from proveout.catalogue.catalogue import load

ORIGIN = "https://gamma.ceesarcode.example.com"


@pytest.fixture(scope="module")
def form():
    return load(Path(__file__).parents[2] / "environments").systems["ceesar"].logs


@pytest.fixture
def log_of(tmp_path, form):
    """A function that returns the log that holds these lines."""

    def log_of(*lines):
        path = tmp_path / "target.log"
        path.write_text("".join(line + "\n" for line in lines))
        return Logs(path, form)

    return log_of


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("APP_ENV", "gamma", "time=2026-11-22T14:00:00Z event=startup app_env=gamma version=1.0.0"),
        ("APP_ENV", "gamma", "2026/11/22 14:00:00 Environment: gamma"),
        ("APP_ENV", "gamma", "2026/11/22 14:00:00 INFO starting env=gamma port=8080"),
        ("APP_ENV", "gamma", '{"time":"2026-11-22T14:00:00Z","level":"INFO","msg":"starting","env":"gamma"}'),
        ("APP_ENV", "gamma", '{"environment": "gamma"}'),
        ("APP_ENV", "gamma", "config loaded: APP_ENV=gamma"),
        ("APP_ENV", "gamma", '{"appEnv":"gamma"}'),
        ("APP_ENV", "gamma", "env='gamma'"),
        ("APP_ENV", "gamma", "Environment: gamma."),
        ("PORT", "8080", "event=startup port=8080 host=127.0.0.1"),
        ("PORT", "8080", "2026/11/22 14:00:00 Server listening on port 8080"),
        ("PORT", "8080", "2026/11/22 14:00:00 Listening on :8080"),
        ("PORT", "8080", "Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)"),
        ("PORT", "8080", '{"level":"info","port":8080}'),
        ("PORT", "8080", '{"level":"info","port":"8080"}'),
        ("PORT", "8080", "PORT: 8080"),
        ("PORT", "8080", "2026/11/22 14:00:00 listening on http://localhost:8080"),
        ("PORT", "8080", "level=INFO msg=listening addr=:8080"),
        ("PORT", "8080", '{"msg":"listening","addr":":8080"}'),
        ("PORT", "8080", "listening on [::]:8080"),
        ("FRONTEND_ORIGIN", ORIGIN, f"event=startup frontend_origin={ORIGIN} executor_mode=docker"),
        ("FRONTEND_ORIGIN", ORIGIN, f'{{"frontendOrigin":"{ORIGIN}","level":"info"}}'),
        ("FRONTEND_ORIGIN", ORIGIN, f"2026/11/22 14:00:00 CORS allowed origin: {ORIGIN}"),
        ("FRONTEND_ORIGIN", ORIGIN, f"FRONTEND_ORIGIN={ORIGIN}"),
        ("FRONTEND_ORIGIN", ORIGIN, f'level=INFO msg=cors origin="{ORIGIN}"'),
        ("FRONTEND_ORIGIN", ORIGIN, f"level=INFO msg=cors allowed_origin={ORIGIN}"),
        ("EXECUTOR_MODE", "docker", "event=startup executor_mode=docker executor=jail"),
        ("EXECUTOR_MODE", "docker", '{"executorMode":"docker"}'),
        ("EXECUTOR_MODE", "docker", "2026/11/22 14:00:00 Executor mode: docker"),
        ("EXECUTOR_MODE", "docker", "executor=docker"),
        ("LOG_LEVEL", "info", "event=startup log_level=info"),
        ("LOG_LEVEL", "info", '{"logLevel":"info"}'),
        ("LOG_LEVEL", "info", "2026/11/22 14:00:00 log level: INFO"),
        ("LOG_LEVEL", "info", "LOG_LEVEL=info"),
    ],
)
def test_a_setting_is_found_in_the_formats_servers_write(log_of, setting, value, line):
    assert log_of("starting", line, "done").startup_says(setting, value)


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("APP_ENV", "gamma", "app_env=gamma2"),
        ("APP_ENV", "gamma", "app_env=xgamma"),
        ("APP_ENV", "gamma", "app_env=gamma-old"),
        ("APP_ENV", "gamma", "app_env=gamma.eu"),
        ("APP_ENV", "gamma", "app_env=dev"),
        ("APP_ENV", "gamma", "data_env=gamma"),
        ("APP_ENV", "gamma", "deploying gamma"),
        ("APP_ENV", "gamma", "app_env="),
        ("PORT", "8080", "port=18080"),
        ("PORT", "8080", "port=80800"),
        ("PORT", "8080", "metrics_port=8080"),
        ("PORT", "8080", "transport=8080"),
        ("PORT", "8080", "metrics port=8080"),
        ("PORT", "8080", "connected to redis at 10.0.0.9:8080"),
        ("PORT", "8080", "took 8080 ms"),
        ("FRONTEND_ORIGIN", ORIGIN, f"frontend_origin={ORIGIN}.evil.example"),
        ("FRONTEND_ORIGIN", ORIGIN, f"frontend_origin={ORIGIN}:8443"),
        ("FRONTEND_ORIGIN", ORIGIN, f"frontend_origin={ORIGIN}@evil.example"),
        ("FRONTEND_ORIGIN", ORIGIN, f"frontend_origin={ORIGIN.replace('https', 'http')}"),
        ("FRONTEND_ORIGIN", ORIGIN, f"frontend_origin={ORIGIN.replace('.', 'x')}"),
        ("EXECUTOR_MODE", "docker", "executor_mode=stub"),
        ("EXECUTOR_MODE", "docker", "executor_mode=docker-less"),
        ("EXECUTOR_MODE", "docker", "executor_mode=stub executor=docker"),
        ("EXECUTOR_MODE", "docker", "docker engine found"),
        ("LOG_LEVEL", "info", "level=info msg=starting"),
        ("LOG_LEVEL", "info", '{"level":"info","msg":"starting"}'),
        ("LOG_LEVEL", "info", "[INFO] starting"),
        ("LOG_LEVEL", "info", "log_level=information"),
        ("LOG_LEVEL", "info", "log_level=debug level=info"),
    ],
)
def test_a_setting_is_not_found_in_what_only_resembles_it(log_of, setting, value, line):
    with pytest.raises(Wrong, match=f"the start-up log does not say that {setting} is "):
        log_of(line).startup_says(setting, value)


def test_what_the_log_says_instead_is_told(log_of):
    with pytest.raises(Wrong, match="does not say that APP_ENV is gamma; it says dev, prod "):
        log_of("app_env=prod", "env: dev").startup_says("APP_ENV", "gamma")
    with pytest.raises(Wrong, match="it says nothing of it"):
        log_of("hello").startup_says("APP_ENV", "gamma")


def test_a_value_is_no_pattern(log_of):
    with pytest.raises(Wrong):
        log_of("app_env=gamma").startup_says("APP_ENV", "g.*a")


def test_only_the_start_counts(log_of):
    with pytest.raises(Wrong, match="nothing of it"):
        log_of(*["request"] * 5000, "app_env=gamma").startup_says("APP_ENV", "gamma")


def test_a_pattern_may_name_the_value_twice(tmp_path, form):
    (tmp_path / "x.log").write_text("env=dev\n")
    twice = form.model_copy(update={"startup": {"APP_ENV": 'env=(?:{value}|"{value}")$'}})
    with pytest.raises(Wrong, match="does not say that APP_ENV is gamma"):
        Logs(tmp_path / "x.log", twice).startup_says("APP_ENV", "gamma")


def test_a_hostile_value_cannot_write_on_the_terminal(log_of):
    with pytest.raises(Wrong) as caught:
        log_of("app_env=\x1b[2J" + "x" * 100_000).startup_says("APP_ENV", "gamma")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
