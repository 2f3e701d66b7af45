"""The soak in CI: jobs that take turns on one ledger."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from machinery.verification import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
HOSTED = 360  # minutes; no hosted job lasts longer
DAY = 24 * 60


def workflow(name):
    return YAML(typ="safe").load((WORKFLOWS / name).read_text())


@pytest.mark.parametrize("name", ["soak.yml", "soak-segment.yml"])
def test_a_workflow_is_as_github_wants_it(name):
    tool = Path(sys.executable).with_name("check-jsonschema")
    words = [tool, "--builtin-schema", "vendor.github-workflows", WORKFLOWS / name]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_job_goes_on_with_what_the_one_before_it_handed_on():
    jobs = workflow("soak.yml")["jobs"]
    names = list(jobs)
    assert "before" not in jobs[names[0]]["with"]
    for name, job in jobs.items():
        before = names[names.index(name) - 1] if name != names[0] else None
        if before:
            assert job["needs"] == before
            assert job["if"] == f"needs.{before}.outputs.complete == 'false'"
            assert job["with"]["before"] == jobs[before]["with"]["after"]
        assert job["with"].get("last", False) == (name == names[-1])


def test_the_jobs_together_are_long_enough_and_each_is_short_enough():
    job = workflow("soak-segment.yml")["jobs"]["segment"]
    soak = next(step for step in job["steps"] if step.get("id") == "soak")
    minutes = int(soak["env"]["SLICE"].removesuffix("m"))
    assert minutes + 15 < job["timeout-minutes"] < HOSTED
    assert len(workflow("soak.yml")["jobs"]) * minutes > DAY + 60


def test_the_ledger_is_handed_on_whatever_came_of_it():
    steps = workflow("soak-segment.yml")["jobs"]["segment"]["steps"]
    handing = next(step for step in steps if step.get("name") == "Hand the ledger on")
    assert handing["if"] == "always()"
    assert handing["with"]["path"] == "reports/soaks"


# The script, with programs in the place of pytest and proveout that write down what they were asked.
PYTEST = """#!/bin/sh
echo "$@" > asked
trap 'echo asked to stop >> asked; kill $!; exit {code}' TERM
sleep {seconds} &
wait $!
exit {code}
"""
PROVEOUT = """#!/bin/sh
echo '{{"complete": {complete}}}'
"""


@pytest.fixture
def segment(tmp_path):
    """Return what runs the script as a job does."""

    def run(code=0, complete="true", seconds=0, *options, **variables):
        programs = tmp_path / "bin"
        programs.mkdir(exist_ok=True)
        texts = {
            "pytest": PYTEST.format(code=code, seconds=seconds),
            "proveout": PROVEOUT.format(complete=complete),
        }
        for name, text in texts.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        given = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "ENVIRONMENT": "gaia/staging",
            "DURATION": "24h",
            "SLICE": "60",
            **variables,
        }
        words = [ROOT / "scripts" / "soak-segment", *options]
        done = subprocess.run(
            words, cwd=tmp_path, env=given, capture_output=True, text=True, timeout=60, check=False
        )
        asked = tmp_path / "asked"
        return done, asked.read_text().splitlines() if asked.exists() else []

    return run


def test_the_first_job_begins_and_the_next_ones_go_on(segment):
    _, asked = segment()
    assert asked == ["--env=gaia/staging -m soak --soak-duration=24h"]
    _, asked = segment(0, "true", 0, "--env-require", "live", BEFORE="soak-1")
    assert asked == ["--env=gaia/staging -m soak --soak-duration=24h --soak-resume --env-require live"]


@pytest.mark.parametrize(
    ("code", "complete", "last", "ends"),
    [
        (0, "true", "false", 0),
        (1, "true", "false", 1),
        (20, "true", "false", 20),
        (20, "false", "false", 0),
        (20, "false", "true", 20),
        (1, "false", "false", 1),
        (21, "false", "false", 21),
        (4, "false", "false", 4),
    ],
)
def test_only_a_soak_that_goes_on_in_the_next_job_is_no_verdict_yet(segment, code, complete, last, ends):
    done, _ = segment(code, complete, LAST=last)
    assert done.returncode == ends
    assert f"complete={complete}" in done.stdout


def test_in_time_it_is_asked_once_to_stop(segment):
    done, asked = segment(20, "false", 50, SLICE="1")
    assert asked == ["--env=gaia/staging -m soak --soak-duration=24h", "asked to stop"]
    assert done.returncode == 0


def test_what_github_wants_to_know_is_written_where_it_reads(segment, tmp_path):
    done, _ = segment(20, "false", GITHUB_OUTPUT=str(tmp_path / "output"))
    assert "complete" not in done.stdout
    assert (tmp_path / "output").read_text() == "complete=false\n"


@pytest.mark.parametrize("variable", ["ENVIRONMENT", "DURATION", "SLICE"])
def test_a_variable_that_is_missing_is_named_with_an_example(segment, variable):
    done, asked = segment(**{variable: ""})
    assert done.returncode != 0
    assert f"{variable}: " in done.stderr
    assert "next: " in done.stderr
    assert asked == []
