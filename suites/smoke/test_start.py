"""The start of GAIA_GO: the declared command, in its directory and with its file sourced, brings it up."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-RUN-DEV", "GAIA-RUN-STAGING", "GAIA-RUN-PROD")
def test_the_start_command_starts_a_server_that_listens(started, gaia, machine):
    listening = machine.processes.listening(started.ports["port"])
    assert listening & machine.processes.family({started.pid}), (
        f"what listens on port {started.ports['port']} is not what the start command started"
    )
    assert gaia.health().answer.status == 200
