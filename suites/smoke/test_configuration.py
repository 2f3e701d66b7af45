"""Configuration of CeesarCode: what the file states, what the log says, and what can be seen of it."""

from urllib.parse import urlsplit

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("CC-CFG-FILES")
def test_the_environment_has_its_configuration_file(ceesar, machine):
    assert machine.settings(ceesar.environment.configuration.file), "the configuration file sets nothing"


@verifies("CC-CFG-APP-ENV")
def test_app_env_is_the_name_of_the_environment(ceesar, configuration, logs):
    name = ceesar.environment.name
    assert configuration.get("APP_ENV") == name
    assert logs.startup_says("APP_ENV", name)
    assert ceesar.health().environment == name


@verifies("CC-CFG-PORT")
def test_the_declared_port_is_set_and_listened_on(ceesar, configuration, logs, port):
    assert configuration.get("PORT") == str(port)
    assert logs.startup_says("PORT", str(port))
    assert ceesar.http.get("/api/health").status < 500


@verifies("CC-CFG-FRONTEND-ORIGIN")
def test_the_frontend_origin_is_set_and_in_force(ceesar, configuration, logs):
    origin = ceesar.environment.cors.origin
    assert configuration.get("FRONTEND_ORIGIN") == origin
    assert urlsplit(origin).scheme == "https" or ceesar.environment.network.reach == "loopback"
    assert logs.startup_says("FRONTEND_ORIGIN", origin)
    granted = ceesar.from_origin(origin).headers.get("access-control-allow-origin")
    assert granted == origin, f"pages of {origin} are not let in by GET /api/health"


@verifies("CC-CFG-EXECUTOR-MODE")
def test_the_executor_mode_is_set_and_programs_run(ceesar, configuration, logs):
    mode = configuration.get("EXECUTOR_MODE")
    assert mode in ceesar.environment.executor.modes
    assert logs.startup_says("EXECUTOR_MODE", mode)
    assert ceesar.run("python", "print(6 * 7)").result.strip() == "42"


@verifies("CC-CFG-LOG-LEVEL")
def test_the_log_level_is_set_and_kept(ceesar, configuration, logs):
    level = ceesar.environment.logs.level
    assert configuration.get("LOG_LEVEL") == level
    assert logs.startup_says("LOG_LEVEL", level)
    lines = logs.written_during(
        lambda: [ceesar.http.get("/api/problems"), ceesar.submit_to_run("python", "print(1)")],
        until=lambda lines: any(logs.level(line) == level for line in lines),
    )
    assert logs.below(level, lines) == [], f"lines more talkative than {level}"
    # A silent level has nothing to say of a request that went well; a talkative one must show itself.
    if logs.is_talkative(level):
        assert any(logs.level(line) == level for line in lines), (
            f"no line at {level} although requests were made"
        )
