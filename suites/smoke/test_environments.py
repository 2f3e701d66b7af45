"""The environments of a system: all there at once, each one itself."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("CC-ENV-COUNT")
def test_every_environment_is_there_and_names_itself(ceesar_environments, machines):
    for name, ceesar in ceesar_environments.items():
        assert machines[name].exists(ceesar.environment.configuration.file), f"{name} has no configuration"
        assert ceesar.health().environment == name


@verifies("GAIA-ENV-COUNT")
def test_there_are_these_environments_and_no_other(gaia_environments, machines):
    for name, gaia in gaia_environments.items():
        beside = {
            entry for entry in machines[name].directories("..") if is_environment(machines[name], entry)
        }
        assert beside == set(gaia_environments), f"seen beside {name}"
        assert gaia.health().answer.status == 200


@verifies("GAIA-ENV-DISTINCT")
def test_every_environment_has_settings_of_its_own(configurations):
    for key in ("GAIA_ENV", "GAIA_PORT", "GAIA_DB_PATH", "GAIA_LOG_LEVEL"):
        values = {name: configuration.get(key) for name, configuration in configurations.items()}
        assert None not in values.values(), f"{key} is not set everywhere: {values}"
        assert len(set(values.values())) == len(values), f"{key} is not different everywhere: {values}"


@verifies("GAIA-RUN-TOGETHER")
def test_all_run_at_the_same_time(gaia_environments, machines):
    processes = {}
    for name, gaia in gaia_environments.items():
        assert gaia.health().answer.status == 200
        machine = machines[name]
        processes[name] = {
            (machine.connection, pid) for pid in machine.processes.listening(gaia.target.ports["port"])
        }
        assert processes[name], f"no process of {name} listens"
    for name, own in processes.items():
        shared = [other for other in processes if other != name and own & processes[other]]
        assert shared == [], f"{name} is served by the same process"
    # Those that answered first still do, now that the last has answered.
    assert {name: gaia.health().answer.status for name, gaia in gaia_environments.items()} == dict.fromkeys(
        gaia_environments, 200
    )


@verifies("GAIA-ST-DOGFOOD")
def test_only_the_last_environment_is_its_own_user(gaia_environments, configurations):
    declared = {name: gaia.environment.improvement.dogfood for name, gaia in gaia_environments.items()}
    configured = {
        name: configuration.get("GAIA_DOGFOOD", "false").lower() == "true"
        for name, configuration in configurations.items()
    }
    assert configured == declared


def is_environment(machine, directory):
    return machine.exists(f"../{directory}/GAIA_GO.env")
