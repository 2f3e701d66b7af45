"""Checks of pages in a whole run: side by side, each worker with a browser of its own."""

import psutil
import pytest

from proveout.access.browser import lacking
from proveout.access.chromium import executable
from proveout.providers.readiness import NotYet, probe

CLAIMS = {"CC-UI-LIST", "CC-UI-OPEN", "CC-UI-RUN", "CC-UI-SUBMIT"}


@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
def test_pages_are_checked_side_by_side_and_no_browser_stays(verify, short_folder):
    run = verify(
        "--env=gamma",
        "-m",
        "smoke",
        "-n",
        "2",
        "suites/smoke/test_page.py",
        TMPDIR=short_folder,
        PROVEOUT_CHROMIUM=executable() or "",
    )
    assert run.exit == 0, run.output
    assert set(run.evidence("ceesar/gamma")["passedTests"]) == CLAIMS

    def gone():
        if left := [p for p in psutil.process_iter() if short_folder in " ".join(words(p))]:
            raise NotYet(f"still running: {left}")

    probe(gone, within=10)


def words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_machine_without_a_browser_leaves_the_claims_unverified(verify):
    run = verify(
        "--env=gamma", "-m", "smoke", "-k", "page or environment", PROVEOUT_CHROMIUM="/nowhere/chromium"
    )
    unverified = run.evidence("ceesar/gamma")["urn:x-proveout:run:v1"]["unverified"]
    assert {claim for claim, why in unverified.items() if "PROVEOUT_CHROMIUM" in why} == CLAIMS
    assert run.exit == 0, run.output
