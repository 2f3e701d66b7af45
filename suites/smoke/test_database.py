"""The database of GAIA_GO: the file the documents name is the one that its server works on."""

import pytest

from proveout import verifies
from proveout.providers.readiness import NotYet, probe

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-DB-FILE-DEV", "GAIA-DB-FILE-STAGING", "GAIA-DB-FILE-PROD")
def test_the_server_works_on_the_database_of_the_documents(gaia, machine, database):
    assert database.tables(), f"{database.file} holds no table"
    port = gaia.target.ports["port"]
    family = machine.processes.family(machine.processes.listening(port))
    assert family, f"no process of the machine listens on port {port}"

    def held():
        gaia.health()  # a server may open its database only while it works
        if not machine.processes.holding(database.path, family):
            raise NotYet(f"the server on port {port} does not have {database.file} open")

    probe(held, within=3)
