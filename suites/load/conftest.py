"""What the checks of the load tier hold in their hands."""

from pathlib import Path

import pytest

from proveout.load.journey import travel

LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@pytest.fixture
def journey(ceesar, proveout_run, figures):
    """Return a function that lets users visit CeesarCode as a budget says, and returns their visits."""

    def journey(budget):
        if budget is None:
            pytest.skip(
                f"not proven: {ceesar.environment.id} has no [budgets.journey]; "
                "next: write rate, duration, error_share and p95 there"
            )
        visits = travel(
            ceesar.target,
            ceesar.http.guard,
            budget=budget,
            locustfile=LOCUSTFILE,
            folder=proveout_run.folder_of(ceesar.environment) / "journey",
            records=proveout_run.folder,
        )
        figures.update(visits.figures())
        return visits

    return journey
