"""A twin is a copy of what is live: its artifact, the definition, and nothing of ours in between."""

import pytest

from machinery.servers import forwarded
from proveout.evidence.artifact import digest_of

EXTENSION = "urn:x-proveout:run:v1"
FEW = ("-m", "smoke", "-k", "health_succeeds or its_file_says")
# A version of the server that says which it is, so that it is seen whose artifact runs.
MARK = 'import sys\nprint("begun by the live artifact", flush=True)\n'


@pytest.fixture
def staging(live):
    return live("gaia/staging").target


@pytest.fixture
def deployed(staging, tmp_path):
    """The directory of a live environment with an artifact that is not the definition's own."""
    root = tmp_path / "deployed"
    (root / "bin").mkdir(parents=True)
    program = (staging.root / "bin" / "gaia").read_text()
    first, _, rest = program.partition("\n")
    (root / "bin" / "gaia").write_text(f"{first}\n{MARK}{rest}")
    (root / "bin" / "current").symlink_to("gaia")
    return root


def listing(root):
    return sorted((str(p), p.lstat().st_mtime_ns, p.lstat().st_size) for p in [root, *root.rglob("*")])


def said(done, environment="gaia/staging"):
    return done.evidence(environment)[EXTENSION]


def where(root, far, place):
    host, _, query = far.connection.partition("?")
    return f"--env-root={root}" if place == "near" else f"--env-machine={host}{root}?{query}"


@pytest.mark.parametrize("place", ["near", "far"])
def test_a_twin_is_started_from_the_live_artifact(verify, staging, deployed, far, place):
    before = listing(deployed)
    url = f"--env-url={staging.url}"
    done = verify("--env=gaia/staging", "--env-twin", where(deployed, far, place), url, *FEW)
    assert done.exit == 0, done.output
    assert "(twin: says what the artifact does, not what runs in your staging)" in done.output
    digest = digest_of(deployed / "bin")
    found = said(done)
    assert found["provenance"] == "twin"
    assert found["artifact"] == {"digest": digest, "how": "read", "where": "bin"}
    assert found["twin_of"] == {"version": "staging-latest", "artifact": digest}
    [log] = done.reports.glob("*/gaia-staging/target.log")
    assert "begun by the live artifact" in log.read_text()
    assert found["url"] != staging.url
    assert listing(deployed) == before


def test_the_live_target_is_only_asked_who_it_is(verify, staging, deployed, scripted):
    server = scripted(forwarded(staging.url))
    done = verify(
        "--env=gaia/staging", "--env-twin", f"--env-root={deployed}", f"--env-url={server.url}", *FEW
    )
    assert done.exit == 0, done.output
    assert server.asked == ["GET /health"]


def test_without_its_url_the_version_of_the_live_one_is_not_known(verify, deployed):
    done = verify("--env=gaia/staging", "--env-twin", f"--env-root={deployed}", *FEW)
    assert done.exit == 0, done.output
    assert said(done)["twin_of"] == {"version": None, "artifact": digest_of(deployed / "bin")}


def test_claims_that_disrupt_are_proven_on_it(verify, deployed, project):
    checks = """
@pytest.mark.smoke
@verifies("GAIA-HEALTH-STAGING")
def test_it_disrupts(gaia):
    assert gaia.health().answer.status == 200
"""
    root = project(disrupts=checks)
    done = verify("--env=gaia/staging", "--env-twin", f"--env-root={deployed}", "-m", "smoke", project=root)
    assert done.evidence("gaia/staging")["passedTests"] == ["GAIA-HEALTH-STAGING"]


def test_several_twins_are_made_in_one_run(verify, live, deployed):
    roots = [f"--env-root=gaia/staging={deployed}"]
    roots += [f"--env-root=gaia/{name}={live(f'gaia/{name}').target.root}" for name in ("dev", "prod")]
    done = verify("--env=gaia", "--env-twin", *roots, "-m", "smoke", "-k", "health_succeeds")
    assert done.exit == 0, done.output
    digests = {name: said(done, f"gaia/{name}")["twin_of"]["artifact"] for name in ("dev", "staging", "prod")}
    assert digests["staging"] == digest_of(deployed / "bin") != digests["dev"] == digests["prod"]


def test_a_twin_of_another_environment_is_refused(verify, live, deployed):
    url = f"--env-url={live('gaia/dev').target.url}"
    done = verify("--env=gaia/staging", "--env-twin", f"--env-root={deployed}", url, *FEW)
    assert done.exit == 21, done.output
    assert "says it is dev, a twin of gaia/staging was wanted" in " ".join(done.output.split())
    assert done.executed("gaia/staging") == []


def test_another_live_artifact_than_the_stated_one_is_a_failure(verify, deployed):
    stated = f"--env-artifact=sha256:{'ab' * 32}"
    done = verify("--env=gaia/staging", "--env-twin", f"--env-root={deployed}", stated, *FEW)
    assert done.exit == 1, done.output
    assert [(t["word"], t["kind"]) for t in said(done)["troubles"]] == [("FAIL", "other-version")]
    assert not list(done.reports.glob("*/gaia-staging/target.log"))


@pytest.mark.parametrize("trouble", ["missing", "leads out"])
def test_where_the_live_artifact_cannot_be_had_it_holds(verify, deployed, trouble):
    if trouble == "missing":
        (deployed / "bin").rename(deployed / "programs")
    else:
        (deployed / "bin" / "out").symlink_to("/etc/hostname")
    done = verify("--env=gaia/staging", "--env-twin", f"--env-root={deployed}", *FEW)
    assert done.exit == 20, done.output
    assert "there is no twin of the live gaia/staging: " in " ".join(done.output.split())
    assert "Traceback" not in done.output


def test_an_artifact_that_does_not_start_is_a_failure(verify, deployed):
    (deployed / "bin" / "gaia").write_text("raise SystemExit('broken build')\n")
    done = verify("--env=gaia/staging", "--env-twin", f"--env-root={deployed}", *FEW)
    assert done.exit == 1, done.output
    assert "broken build" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["--env=gaia/staging"],
            "there is no way to the artifact of the live gaia/staging next: say where it is",
        ),
        (["--env=gamma"], "of the live ceesar/gamma next: name it in environment.toml: [start] artifact"),
        (["--env=gamma", "--env-root=/tmp"], "ceesar/gamma has no [artifact] path"),
        (["--env=gaia/staging", "--env-provider=process"], "--env-twin and --env-provider process"),
        (["--env=gaia/staging", "--env-require=live"], "--env-twin and --env-require live"),
        (["--env=gaia/staging", "--env-source=/tmp"], "leave --env-source out"),
        (["--env=gaia"], "of the live gaia/dev next: say where it is: --env-root=DIR"),
    ],
)
def test_what_is_missing_for_a_twin_is_a_usage_error(verify, words, says):
    done = verify("--env-twin", *words, *FEW)
    assert done.exit == 4, done.output
    assert says in " ".join(done.output.split())


def test_without_access_the_teams_own_artifact_is_started(verify, project):
    root = project(
        health="""
@pytest.mark.smoke
@verifies("CC-HL-STATUS")
def test_health(ceesar):
    assert ceesar.health().status == "healthy"
"""
    )
    file = root / "environments" / "ceesar" / "gamma" / "environment.toml"
    server = root / "environments" / "ceesar" / "server"
    server.write_text(
        "import runpy\nrunpy.run_module('proveout_re' + 'ference.ceesar', run_name='__main__')\n"
    )
    text = file.read_text().replace('"-m", "proveout_reference.ceesar"]', '"server"]\nartifact = "../server"')
    file.write_text(text.replace('"config" = "../config"', '"server" = "../server", "config" = "../config"'))
    digest = digest_of(server)
    stated = f"--env-artifact=sha256:{digest}"
    done = verify("--env=gamma", "--env-twin", stated, "-m", "smoke", project=root)
    assert done.exit == 0, done.output
    found = said(done, "ceesar/gamma")
    assert found["provenance"] == "twin"
    assert found["artifact"] == {"digest": digest, "how": "read", "where": "../server"}
    assert found["twin_of"] == {"version": None, "artifact": digest}
    other = verify(
        "--env=gamma", "--env-twin", f"--env-artifact=sha256:{'cd' * 32}", "-m", "smoke", project=root
    )
    assert other.exit == 1, other.output
    assert [t["kind"] for t in said(other, "ceesar/gamma")["troubles"]] == ["other-version"]
