"""What a live environment is spared, whatever a check says of itself."""

import uuid

from machinery.servers import forwarded

READING = {"GET", "HEAD", "OPTIONS"}

MISLABELLED = """
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

@verifies("CC-VER-PROBLEMS")
def test_it_writes_although_it_says_it_reads(ceesar):
    try:
        ceesar.http.ask("POST", "/api/problems/create", json={"title": "left behind"})
    except Exception:
        pass
    ceesar.http.get("/api/problems")

@verifies("CC-HL-STATUS")
def test_it_reads(ceesar):
    assert ceesar.health().status == "healthy"
"""


def forbidden(asked):
    return [call for call in asked if call.split()[0] not in READING and call != "POST /api/run"]


def test_live_prod_is_only_read(verify, live, scripted):
    server = scripted(forwarded(live("prod").target.url))
    done = verify("--env=ceesar/prod", f"--env-url={server.url}")
    assert done.exit == 0, done.output
    assert "POST /api/run" in server.asked
    assert forbidden(server.asked) == []


def test_a_mislabelled_check_is_stopped_at_the_transport(verify, live, scripted, project):
    server = scripted(forwarded(live("prod").target.url))
    done = verify(
        "--env=ceesar/prod", f"--env-url={server.url}", "-m", "smoke", project=project(liar=MISLABELLED)
    )
    assert done.exit == 21, done.output
    assert "the guard refused: POST /api/problems/create" in done.output
    assert forbidden(server.asked) == []


def test_an_unmarked_check_counts_as_disruptive(verify, live, project):
    checks = """
@pytest.mark.smoke
@verifies("CC-HL-STATUS")
def test_health(ceesar):
    assert ceesar.health().status == "healthy"
"""
    done = verify(
        "--env=ceesar/prod",
        f"--env-url={live('prod').target.url}",
        "-m",
        "smoke",
        project=project(bare=checks),
    )
    assert done.exit == 20, done.output
    assert "the check disrupts, the live environment allows reads" in done.output


def test_claims_proven_on_a_copy_only_are_named_on_a_live_target(verify, live):
    done = verify(
        "--env=gamma", f"--env-url={live('gamma').target.url}", "-m", "regression", "-k", "flag or fields"
    )
    assert done.exit == 0, done.output
    assert "--env-provider process" in done.output
    assert done.evidence("ceesar/gamma")["passedTests"] == ["CC-HL-FIELDS"]


LEAK = """
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

@verifies("CC-HL-STATUS")
def test_it_prints_a_key(ceesar):
    import os
    import allure
    key = os.environ["GEMINI_API_KEY"]
    allure.attach(key, "what nobody may see")
    assert key == ceesar.health().status, "the key is " + key
"""


def test_a_secret_is_masked_and_a_file_that_holds_it_is_removed(verify, project):
    key = uuid.uuid4().hex
    done = verify("--env=gamma", project=project(leak=LEAK), allure=True, GEMINI_API_KEY=key)
    assert done.exit == 1, done.output
    assert key not in done.output
    assert "held the value of GEMINI_API_KEY and was removed" in " ".join(done.output.split())
    left = [f for f in done.reports.rglob("*") if f.is_file() and key.encode() in f.read_bytes()]
    assert left == []
