"""How far one sees into a live GAIA_GO: by its URL only, with its directory, with its machine."""

import pytest

ON_THE_MACHINE = {
    "GAIA-DIR-ENVFILE",
    "GAIA-DIR-CONFIG",
    "GAIA-DIR-DATA",
    "GAIA-DIR-LOGS",
    "GAIA-DIR-BIN",
    "GAIA-DIR-STG-BACKUPS",
    "GAIA-DIR-MANIFEST",
    "GAIA-METRICS-CONF",
    "GAIA-DB-FILE-STAGING",
    "GAIA-LOG-PATH",
}
CHECKS = "test_directories or test_database or test_monitoring or its_file_says"
BY_URL = {"GAIA-HEALTH-STAGING", "GAIA-HEALTH-BODY"}


@pytest.fixture
def staging(live):
    return live("gaia/staging").target


@pytest.fixture
def proven(verify, staging):
    """A function that verifies the live environment with more options, and returns the run and its claims."""

    def proven(*options):
        url = f"--env-url={staging.url}"
        done = verify("--env=gaia/staging", url, "-m", "smoke", "-k", CHECKS, *options)
        assert done.exit == 0, done.output
        return done, set(done.evidence("gaia/staging")["passedTests"])

    return proven


def test_by_its_url_only_nothing_of_its_machine_is_proven(proven):
    done, claims = proven()
    assert claims == BY_URL
    [about] = [
        " ".join(paragraph.split())
        for paragraph in done.output.split("\n\n")
        if "unverified: " in paragraph and "GAIA-DB-FILE-STAGING" in paragraph
    ]
    assert {claim for claim in ON_THE_MACHINE if claim in about} == ON_THE_MACHINE
    assert "no access to its machine: --env-root" in about
    assert "--env-machine" in about


def test_with_its_directory_the_files_the_log_and_the_database_are_proven(proven, staging):
    _, claims = proven(f"--env-root={staging.root}")
    assert claims == BY_URL | ON_THE_MACHINE


@pytest.mark.parametrize("directory", ["found", "given"])
def test_with_its_machine_they_are_proven_from_afar(proven, staging, far, directory):
    host, _, query = far.connection.partition("?")
    place = staging.root if directory == "given" else ""
    _, claims = proven(f"--env-machine={host}{place}?{query}")
    assert claims == BY_URL | ON_THE_MACHINE


def test_a_machine_that_is_out_of_reach_holds(verify, staging, far):
    done = verify(
        "--env=gaia/staging",
        f"--env-url={staging.url}",
        f"--env-machine={far.named(key='strange_key')}",
        "-m",
        "smoke",
        "-k",
        "its_file_says or health_succeeds",
    )
    assert done.exit == 20, done.output
    assert "Permission denied (publickey)" in done.output
    assert "Traceback" not in done.output
    assert done.evidence("gaia/staging")["passedTests"] == ["GAIA-HEALTH-STAGING"]
