"""What a check measured stands beside its ending in the evidence, wherever the check ran."""

import pytest

CHECKS = """
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

@verifies("CC-HL-STATUS")
def test_it_measures(ceesar, figures):
    figures.update(visits=600, errors={"upper": 0.005}, p99={"upper": float("inf")}, rest=[1, b"x"])
    assert ceesar.health().status == "healthy"

@verifies("CC-HL-VERSION")
def test_it_measures_and_fails(ceesar, figures):
    figures["visits"] = 3
    raise AssertionError("too slow")

@verifies("CC-HL-METHOD")
def test_it_measures_nothing(ceesar):
    assert ceesar.health().answer.status == 200
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["here", "in workers"])
def test_figures_stand_beside_the_ending(verify, live, project, workers):
    url = f"--env-url={live('gamma').target.url}"
    done = verify("--env=gamma", url, "-m", "smoke", *workers, project=project(measured=CHECKS))
    attempts = done.evidence("ceesar/gamma")["urn:x-proveout:run:v1"]["attempts"]
    said = {attempt["check"].rpartition("::")[2].partition("[")[0]: attempt for attempt in attempts}
    assert said["test_it_measures"]["figures"] == {
        "visits": 600,
        "errors": {"upper": 0.005},
        "p99": {"upper": None},
        "rest": [1, "b'x'"],
    }
    failed = said["test_it_measures_and_fails"]
    assert (failed["ending"], failed["figures"]) == ("failed", {"visits": 3})
    assert said["test_it_measures_nothing"]["figures"] == {}
