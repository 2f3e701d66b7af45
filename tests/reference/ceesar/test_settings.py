"""What the environment variables may say, and what the server says when they are wrong."""

import pytest

from proveout_reference.ceesar.settings import SettingsError, in_force, read_settings

GOOD = {"APP_ENV": "dev", "PORT": "8080", "EXECUTOR_MODE": "stub", "LOG_LEVEL": "debug"}


def test_the_documented_defaults_hold():
    settings = read_settings(GOOD)
    assert (settings.max_concurrent_executions, settings.execution_timeout_seconds) == (10, 60)
    assert settings.max_memory_mb == 512
    assert settings.default_ai_provider == "gemini"
    assert settings.host == "127.0.0.1"
    assert settings.frontend_origin == ""


def test_an_empty_value_means_unset():
    empty = {"MAX_MEMORY_MB": "", "GEMINI_API_KEY": "", "ENABLE_WEB_SEARCH": " "}
    assert read_settings(GOOD | empty) == read_settings(GOOD)


def test_decimal_seconds_are_accepted():
    assert read_settings(GOOD | {"EXECUTION_TIMEOUT_SECONDS": "0.5"}).execution_timeout_seconds == 0.5


@pytest.mark.parametrize("name", ["APP_ENV", "PORT", "EXECUTOR_MODE", "LOG_LEVEL"])
def test_a_required_variable_is_missed(name):
    with pytest.raises(SettingsError, match=f"{name} is not set"):
        read_settings({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ENV", "staging"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80a"),
        ("PORT", "-1"),
        ("FRONTEND_ORIGIN", "*"),
        ("FRONTEND_ORIGIN", "https://a.example/"),
        ("FRONTEND_ORIGIN", "ftp://a.example"),
        ("FRONTEND_ORIGIN", "https://a.example:x"),
        ("EXECUTOR_MODE", "Docker"),
        ("LOG_LEVEL", "verbose"),
        ("ENABLE_WEB_SEARCH", "maybe"),
        ("DEFAULT_AI_PROVIDER", "other"),
        ("MAX_CONCURRENT_EXECUTIONS", "0"),
        ("EXECUTION_TIMEOUT_SECONDS", "0"),
        ("EXECUTION_TIMEOUT_SECONDS", "nan"),
        ("EXECUTION_TIMEOUT_SECONDS", "1e3"),
        ("MAX_MEMORY_MB", "256MB"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(SettingsError, match=name):
        read_settings(GOOD | {name: value})


def test_every_problem_is_listed_on_a_line_of_its_own(make_server):
    wrong = {
        "APP_ENV": "gama",
        "PORT": "http",
        "EXECUTOR_MODE": "",
        "LOG_LEVEL": "loud",
        "MAX_MEMORY_MB": "x",
    }
    server = make_server(ready=False, **{**wrong, "PORT": ""}, FRONTEND_ORIGIN="nowhere")
    assert server.process.wait(20) == 2
    lines = server.log.splitlines()
    names = ["APP_ENV", "PORT", "FRONTEND_ORIGIN", "EXECUTOR_MODE", "LOG_LEVEL", "MAX_MEMORY_MB"]
    assert [line.split()[1] for line in lines] == names


def test_a_key_is_never_shown():
    settings = read_settings(GOOD | {"GEMINI_API_KEY": "secret-1"})
    assert in_force(settings)["gemini_api_key"] == "set"
    assert in_force(settings)["openai_api_key"] == "unset"
    assert "secret-1" not in str(in_force(settings)) + repr(settings)
