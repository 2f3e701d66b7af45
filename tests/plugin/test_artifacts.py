"""What a run says of the artifact: it is the one that was stated, and the same at both ends of the run."""

import itertools

import pytest

from machinery.servers import forwarded
from proveout.evidence.artifact import digest_of

EXTENSION = "urn:x-proveout:run:v1"
FEW = ("-m", "smoke", "-k", "health_succeeds")


@pytest.fixture
def staging(live):
    return live("gaia/staging").target


def said(done, environment="gaia/staging"):
    return done.evidence(environment)[EXTENSION]


def test_the_artifact_of_a_live_target_is_read_in_its_directory(verify, staging):
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", f"--env-root={staging.root}", *FEW)
    assert done.exit == 0, done.output
    assert said(done)["artifact"] == {
        "digest": digest_of(staging.root / "bin"),
        "how": "read",
        "where": "bin",
    }


def test_from_afar_it_is_the_same(verify, staging, far):
    host, _, query = far.connection.partition("?")
    machine = f"--env-machine={host}{staging.root}?{query}"
    digest = digest_of(staging.root / "bin")
    stated = f"--env-artifact=sha256:{digest}"
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", machine, stated, *FEW)
    assert done.exit == 0, done.output
    assert said(done)["artifact"]["digest"] == digest
    assert said(done)["log"]["live"] is True


def test_without_access_it_is_not_known_and_the_way_to_it_is_told(verify, staging):
    done = verify("--env=gaia/staging", f"--env-url={staging.url}", *FEW)
    assert done.exit == 0, done.output
    found = said(done)["artifact"]
    assert (found["digest"], found["how"]) == (None, "none")
    assert "--env-root=DIR" in found["why"]
    assert "--env-artifact=sha256:HEX" in found["why"]
    assert "--env-root=DIR" in said(done)["log"]["unknown"]
    assert "--env-source=DIR" in said(done)["origin"]["unknown"]


def test_who_deploys_may_state_it(verify, staging):
    digest = "ab" * 32
    done = verify(
        "--env=gaia/staging", f"--env-url={staging.url}", f"--env-artifact=gaia/staging=sha256:{digest}", *FEW
    )
    assert done.exit == 0, done.output
    assert said(done)["artifact"] == {"digest": digest, "how": "stated", "where": "--env-artifact"}


def test_another_artifact_than_the_stated_one_is_a_failure_and_nothing_runs(verify, staging):
    done = verify(
        "--env=gaia/staging",
        f"--env-url={staging.url}",
        f"--env-root={staging.root}",
        f"--env-artifact=sha256:{'ab' * 32}",
        *FEW,
    )
    assert done.exit == 1, done.output
    [trouble] = said(done)["troubles"]
    assert (trouble["word"], trouble["kind"]) == ("FAIL", "other-version")
    assert "nothing was run" in trouble["reason"]
    assert done.executed("gaia/staging") == []


def test_a_digest_that_is_none_is_a_usage_error(verify):
    done = verify("--env=gamma", "--env-artifact=v1.2.3", *FEW)
    assert done.exit == 4
    assert "next: write sha256: and its 64 hex digits" in done.output


def test_an_artifact_that_changes_during_the_run_holds(verify, staging, scripted, tmp_path):
    root = tmp_path / "staging"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "gaia").write_text("version 1")
    answer, asked = forwarded(staging.url), itertools.count()

    def deploying(request):
        if next(asked) == 1:
            (root / "bin" / "gaia").write_text("version 2")
        return answer(request)

    url = scripted(deploying).url
    done = verify("--env=gaia/staging", f"--env-url={url}", f"--env-root={root}", *FEW)
    assert done.exit == 20, done.output
    [trouble] = said(done)["troubles"]
    assert (trouble["word"], trouble["kind"]) == ("HOLD", "redeployed")
    assert "redeployed during the run: bin was sha256:" in " ".join(done.output.split())


def test_an_artifact_that_goes_away_during_the_run_holds(verify, staging, scripted, tmp_path):
    root = tmp_path / "staging"
    (root / "bin").mkdir(parents=True)
    answer, asked = forwarded(staging.url), itertools.count()

    def removing(request):
        if next(asked) == 1:
            (root / "bin").rmdir()
        return answer(request)

    url = scripted(removing).url
    done = verify("--env=gaia/staging", f"--env-url={url}", f"--env-root={root}", *FEW)
    assert done.exit == 20, done.output
    assert [trouble["kind"] for trouble in said(done)["troubles"]] == ["unidentified"]
