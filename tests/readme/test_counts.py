"""The counts that the README states are those that come out, on a machine with and without a browser."""

import re

import psutil

from machinery.verification import ROOT
from proveout.access.chromium import executable
from proveout.providers.readiness import NotYet, probe

ROW = re.compile(r"^\| `(\w+/\w+)` \| (\d+/\d+) \| (\d+/\d+) \| (\d+/\d+|-) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "README.md").read_text())
WITH, WITHOUT, DECLARED = ({i: row[n] for i, *row in ROWS if row[n] != "-"} for n in range(3))


def counts(done, environments):
    return {i: done.verdict(i).removeprefix("PASS ") for i in environments}


def test_the_readme_states_the_counts_of_all_six_environments():
    assert len(WITH) == len(WITHOUT) == 6
    assert len(DECLARED) == 3


def test_the_readme_states_how_many_faults_there_are():
    faults = sum(path.read_text().count("[[fault]]") for path in ROOT.glob("drill/*/*.toml"))
    assert f"harms copies in {faults} ways" in (ROOT / "README.md").read_text()


def test_all_six_pass_side_by_side_with_a_browser_and_none_stays(verify, short_folder):
    words = ["--env=all", "-m", "smoke", "-n", "auto", "--env-require", "browser"]
    done = verify(*words, allure=True, TMPDIR=short_folder, PROVEOUT_CHROMIUM=executable() or "")
    assert done.exit == 0, done.output
    assert counts(done, WITH) == WITH

    def gone():
        if left := [p for p in psutil.process_iter() if short_folder in " ".join(words_of(p))]:
            raise NotYet(f"still running: {left}")

    probe(gone, within=10)


def words_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_all_six_pass_without_a_browser(verify):
    done = verify("--env=all", "-m", "smoke")
    assert done.exit == 0, done.output
    assert counts(done, WITHOUT) == WITHOUT


def test_a_browser_that_is_required_and_missing_holds(verify):
    done = verify("--env=gamma", "-m", "smoke", "-k", "page or environment", "--env-require", "browser")
    assert done.exit == 20, done.output
    assert "--env-require browser: missing for CC-UI-LIST, CC-UI-OPEN, CC-UI-RUN, CC-UI-SUBMIT" in done.output


def test_the_three_of_gaia_pass_on_their_declared_ports(verify):
    done = verify("--env=gaia", "-m", "smoke", "--env-ports", "declared")
    assert done.exit == 0, done.output
    assert counts(done, DECLARED) == DECLARED


def test_two_that_are_declared_on_one_port_are_not_started_together(verify):
    done = verify("--env=gaia/prod", "--env=gamma", "-m", "smoke", "--env-ports", "declared")
    assert done.exit == 4, done.output
    assert "ceesar/gamma and gaia/prod are both declared on port 8080" in done.output
