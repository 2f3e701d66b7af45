"""The environments of CeesarCode: all there, each one itself."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("CC-ENV-COUNT")
def test_every_environment_is_there_and_names_itself(ceesar_environments, machines):
    for name, ceesar in ceesar_environments.items():
        assert machines[name].file(ceesar.environment.configuration.file).is_file, (
            f"{name} has no configuration"
        )
        assert ceesar.health().environment == name
