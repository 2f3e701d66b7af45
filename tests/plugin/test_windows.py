"""What a run says of the log and the origin of what it worked on."""

import subprocess

import pytest

EXTENSION = "urn:x-proveout:run:v1"
FEW = ("-m", "smoke", "-k", "health_succeeds")


@pytest.fixture
def staging(live):
    return live("gaia/staging").target


def said(done, environment="gaia/staging"):
    return done.evidence(environment)[EXTENSION]


@pytest.fixture
def root(staging, tmp_path):
    """A directory of the live environment with a log of a test's own, which no server writes to."""
    (tmp_path / "root" / "logs").mkdir(parents=True)
    (tmp_path / "root" / "bin").symlink_to(staging.root / "bin")
    (tmp_path / "root" / "logs" / "gaia.log").write_text("2026-01-01T00:00:00Z INFO ready\n")
    return tmp_path / "root"


def test_the_log_of_a_live_target_was_live_and_without_critical_errors(verify, staging):
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", f"--env-root={staging.root}", *FEW)
    log = said(done)["log"]
    assert (log["live"], log["critical"], log["examples"]) == (True, 0, [])
    assert log["from"] <= said(done)["begun"] <= log["to"]


def test_a_log_that_nobody_writes_is_not_live(verify, staging, root):
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", f"--env-root={root}", *FEW)
    assert done.exit == 0, done.output
    log = said(done)["log"]
    assert log["live"] is False
    assert "not even of [logs] event" in log["how"]


def test_a_critical_error_during_the_run_is_counted(verify, staging, root, project):
    checks = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies("GAIA-HEALTH-STAGING")
def test_health(gaia, machine):
    with (machine.root / "logs" / "gaia.log").open("a") as log:
        print("2026-01-01T00:00:00Z ERROR the database is gone", file=log)
    assert gaia.health().answer.status == 200
"""
    url = f"--env-url={staging.url}"
    done = verify("--env=gaia/staging", url, f"--env-root={root}", "-m", "smoke", project=project(x=checks))
    assert done.exit == 0, done.output
    log = said(done)["log"]
    assert (log["live"], log["critical"]) == (True, 1)
    assert log["examples"] == ["2026-01-01T00:00:00Z ERROR the database is gone"]


def test_a_log_that_cannot_be_read_costs_no_verdict(verify, staging, root):
    (root / "logs" / "gaia.log").unlink()
    (root / "logs" / "gaia.log").mkdir()
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", f"--env-root={root}", *FEW)
    assert done.exit == 0, done.output
    assert "cannot be read" in said(done)["log"]["unknown"]


def test_nothing_is_said_of_a_target_that_was_refused(verify, live, staging):
    url = f"--env-url={live('gaia/dev').target.url}"
    done = verify("--env=gaia/staging", url, f"--env-root={staging.root}", *FEW)
    assert done.exit == 21, done.output
    assert list(said(done)["log"]) == ["unknown"]


def git(folder, *words):
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_served_version_is_looked_up_in_the_checkout(verify, live, tmp_path, project):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    git(checkout, "init", "--quiet", "--initial-branch=main")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "root")
    git(checkout, "switch", "--quiet", "--create", "feature")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "feature")
    git(checkout, "switch", "--quiet", "main")
    git(checkout, "merge", "--quiet", "--no-ff", "--message", "merge", "feature")
    git(checkout, "tag", "v1.0.0")
    checks = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies("GAIA-HEALTH-PROD")
def test_health(gaia):
    assert gaia.health().answer.status == 200
"""
    root = project(health=checks)
    file = root / "environments" / "gaia" / "prod" / "environment.toml"
    file.write_text(file.read_text() + '\n[origin]\nbranch = "main"\n')
    url = f"--env-url={live('gaia/prod').target.url}"
    words = ("--env=gaia/prod", url, f"--env-source={checkout}", "-m", "smoke")
    found = said(verify(*words, project=root), "gaia/prod")["origin"]
    assert found == {"commit": git(checkout, "rev-parse", "HEAD"), "merge": True, "line": "main"}


def test_a_label_that_moves_has_no_origin(verify, staging, tmp_path):
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", f"--env-source={tmp_path}", *FEW)
    assert "unknown" in said(done)["origin"]


@pytest.mark.parametrize(
    ("variables", "who"),
    [
        ({"GITHUB_ACTOR": "mona"}, "mona"),
        ({"GITLAB_USER_LOGIN": "tanuki"}, "tanuki"),
        ({"LOGNAME": "kim"}, "kim"),
    ],
)
def test_who_ran_it_is_told(verify, staging, variables, who, monkeypatch):
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", *FEW, **variables)
    assert said(done)["by"] == who
