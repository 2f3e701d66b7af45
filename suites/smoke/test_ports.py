"""Ports of GAIA_GO: each environment listens where its file and its document say, and nowhere twice."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-PORT-DEV", "GAIA-PORT-STAGING", "GAIA-PORT-PROD")
def test_it_serves_on_its_declared_port(gaia, port):
    assert gaia.target.ports["port"] == port
    assert gaia.health().answer.status == 200


@verifies("GAIA-METRICS-DEV", "GAIA-METRICS-STAGING", "GAIA-METRICS-PROD")
@pytest.mark.usefixtures("port")
def test_its_metrics_are_on_their_declared_port(gaia, metrics):
    assert gaia.target.ports["metrics_port"] == gaia.environment.network.metrics_port
    assert metrics.page().samples


@verifies("GAIA-METRICS-CONF")
def test_its_file_says_the_declared_metrics_port(gaia, configuration):
    assert configuration.get("GAIA_METRICS_PORT") == str(gaia.environment.network.metrics_port)


@verifies("GAIA-PORT-CONF-MATCH")
@pytest.mark.usefixtures("port")
def test_what_its_file_says_is_where_it_listens(gaia, configuration, machine):
    configured = configuration.get("GAIA_PORT", "")
    assert configured.isdigit(), f"GAIA_PORT is {configured!r} in {gaia.environment.configuration.file}"
    assert int(configured) == gaia.target.ports["port"]
    assert machine.processes.listening(int(configured)), f"nobody listens on the configured port {configured}"


@verifies("GAIA-PORT-UNIQUE")
def test_no_two_environments_share_a_port(configurations, machines, ports):
    configured = [
        (configuration.get(key, "unset"), f"{name} {key}")
        for name, configuration in configurations.items()
        for key in ("GAIA_PORT", "GAIA_METRICS_PORT")
    ]
    assert shared(configured) == {}
    silent = {
        f"{name} {port}"
        for name, machine in machines.items()
        for port in ports[name].values()
        if not machine.processes.listening(port)
    }
    assert silent == set(), f"nobody listens for {', '.join(sorted(silent))}"
    assert shared([(port, name) for name in machines for port in ports[name].values()]) == {}


def shared(pairs):
    """The values that stand with more than one name, and those names."""
    names = {}
    for value, name in pairs:
        names.setdefault(value, []).append(name)
    return {value: found for value, found in names.items() if len(found) > 1}
