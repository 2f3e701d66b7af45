"""Nothing turns green because it did not run."""

from machinery.servers import health

CHECK = """
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

@verifies("CC-HL-STATUS")
{decorator}
def test_health(ceesar):
    {body}
"""


def gamma(_request):
    return 200, {}, health()


def run_check(verify, project, scripted, decorator="", body="assert ceesar.health().status == 'healthy'"):
    url = scripted(gamma).url
    root = project(health=CHECK.format(decorator=decorator, body=body))
    return verify("--env=gamma", f"--env-url={url}", "-m", "smoke", project=root)


def test_a_check_that_passes_proves_its_claim(verify, project, scripted):
    done = run_check(verify, project, scripted)
    assert done.exit == 0, done.output
    assert done.verdict() == "PASS 1/22"


def test_everything_skipped_holds(verify, project, scripted):
    done = run_check(verify, project, scripted, body="pytest.skip('not today')")
    assert done.exit == 20, done.output
    assert "not today" in done.output


def test_skipped_by_a_marker_holds(verify, project, scripted):
    done = run_check(verify, project, scripted, decorator="@pytest.mark.skip(reason='later')")
    assert done.exit == 20, done.output


def test_an_expected_failure_holds(verify, project, scripted):
    done = run_check(
        verify, project, scripted, decorator="@pytest.mark.xfail(reason='known')", body="assert 0"
    )
    assert done.exit == 20, done.output


def test_an_unexpected_pass_holds(verify, project, scripted):
    done = run_check(
        verify, project, scripted, decorator="@pytest.mark.xfail(reason='known')", body="assert 1"
    )
    assert done.exit == 20, done.output


def test_a_failure_fails_and_says_how_to_repeat_it(verify, project, scripted):
    done = run_check(verify, project, scripted, body="assert ceesar.health().status == 'fine'")
    assert done.exit == 1, done.output
    assert 'Health field status is "healthy"' in done.output
    assert "again:   pytest --env=ceesar/gamma -k test_health" in done.output


def test_a_broken_fixture_holds(verify, project, scripted):
    checks = """
@pytest.fixture
def broken():
    raise RuntimeError("the fixture is broken")

@pytest.mark.smoke
@pytest.mark.reads
@verifies("CC-HL-STATUS")
def test_health(ceesar, broken):
    assert ceesar.health()
"""
    done = verify("--env=gamma", f"--env-url={scripted(gamma).url}", project=project(broken=checks))
    assert done.exit == 20, done.output
    assert "its setup failed: the fixture is broken" in done.output


def test_a_crashed_worker_never_passes(verify, project, scripted):
    body = "import os; os._exit(9)"
    url = scripted(gamma).url
    root = project(crash=CHECK.format(decorator="", body=body))
    done = verify(
        "--env=gamma", f"--env-url={url}", "-m", "smoke", "-n", "1", "--max-worker-restart=0", project=root
    )
    assert done.exit not in {0, 5}
    assert done.verdict().startswith(("FAIL", "HOLD"))


def test_a_check_of_a_rule_fails_the_run_although_it_proves_no_claim(verify, project, scripted):
    checks = """
@pytest.mark.load
@pytest.mark.reads
@serves("CC-TEST-PERF")
def test_load(ceesar):
    assert ceesar.health().status == "fast"
"""
    done = verify(
        "--env=gamma", f"--env-url={scripted(gamma).url}", "-m", "load", project=project(load=checks)
    )
    assert done.exit == 1, done.output
    assert "CC-TEST-PERF" in done.output


def test_a_check_without_a_claim_is_a_usage_error(verify, project):
    checks = "@pytest.mark.smoke\ndef test_it(ceesar):\n    assert ceesar\n"
    done = verify("--env=gamma", "-m", "smoke", project=project(bare=checks))
    assert done.exit == 4
    assert "names no claim" in done.output


def test_a_check_of_an_unknown_claim_is_a_usage_error(verify, project):
    checks = "@pytest.mark.smoke\n@verifies('CC-HL-STATU')\ndef test_it(ceesar):\n    assert ceesar\n"
    done = verify("--env=gamma", "-m", "smoke", project=project(unknown=checks))
    assert done.exit == 4
    assert 'there is no claim "CC-HL-STATU"; did you mean CC-HL-STATUS' in done.output


def test_a_check_in_another_tier_than_its_claim_is_a_usage_error(verify, project):
    checks = "@pytest.mark.load\n@verifies('CC-HL-STATUS')\ndef test_it(ceesar):\n    assert ceesar\n"
    done = verify("--env=gamma", "-m", "load", project=project(tier=checks))
    assert done.exit == 4
    assert "belongs to the tier smoke" in done.output


def test_an_unknown_marker_on_a_check_is_an_error(verify, project):
    checks = "@pytest.mark.smoky\n@verifies('CC-HL-STATUS')\ndef test_it(ceesar):\n    assert ceesar\n"
    done = verify("--env=gamma", "-m", "smoke", project=project(marker=checks))
    assert done.exit not in {0, 5}
    assert "smoky" in done.output
