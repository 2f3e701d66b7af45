"""A profile is offered once for all checks, or beside one; what was not offered proves nothing."""

import json
import shutil
from types import SimpleNamespace

import pytest

from machinery.verification import ROOT
from proveout.access.answer import Unknowable
from proveout.plugin.loading import Load

PROFILE = """
says = "a few visits"
arrivals = "regular"
in_flight = 50
window = "1s"
sample = "1s"
phases = [{ lasts = "3s", rate = 20 }]

[system.ceesar]
journeys = [{ journey = "ceesar.visitor", share = 1 }]
limits.error_share = 0.1
requests."GET /api/health" = { p95 = "5s" }
"""
LOAD = """
pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]
"""
TWICE = (
    LOAD
    + """
@verifies("CC-RES-UNDER-LOAD")
def test_it_is_visited(ceesar, load, machine, figures):
    loaded = load(ceesar)
    figures.update(loaded.figures(), looks=len(loaded.usage))
    assert load.budget(ceesar, "GET /api/health", 0.95) == 5.0
    assert loaded.keeps()

@serves("CC-TEST-PERF")
def test_it_is_the_same_visit(ceesar, load, figures):
    figures.update(load(ceesar).figures())
"""
)
BESIDE = (
    LOAD
    + """
@serves("CC-TEST-PERF")
def test_it_is_looked_at_meanwhile(ceesar, load):
    with load.beside(ceesar, "baseline"):
        ceesar.health()
"""
)
LOST = """
from proveout.load.users import GuardedUser
from locust import task

class Visitor(GuardedUser):
    @task
    def visits(self):
        self.ask("DELETE", "/api/problems/sum", fits=lambda answer: True)
"""


@pytest.fixture
def loaded_project(project):
    """Return a function that makes a project with these checks and a profile of three seconds."""

    def make(checks, journey=None):
        root = project(one=checks)
        suite = root / "suites" / "load"
        shutil.copytree(ROOT / "suites/load/journeys", suite / "journeys")
        shutil.copy(ROOT / "suites/load/locustfile.py", suite)
        (suite / "profiles").mkdir()
        (suite / "profiles" / "baseline.toml").write_text(PROFILE)
        if journey:
            (suite / "journeys" / "ceesar.py").write_text(journey)
        return root

    return make


def attempts(done):
    return done.evidence("ceesar/gamma")["urn:x-proveout:run:v1"]["attempts"]


def ledgers(done):
    return sorted(done.reports.glob("*/ceesar-gamma/load/*"))


def test_a_profile_is_offered_once_and_its_requests_are_on_record(verify, loaded_project):
    done = verify("--env=gamma", "-m", "load", project=loaded_project(TWICE))
    assert done.exit == 0, done.output
    assert [ledger.name for ledger in ledgers(done)] == ["baseline-1"]
    first, second = [attempt["figures"] for attempt in attempts(done)]
    assert first.pop("looks") > 1
    assert first == second
    assert (first["profile"], first["due"], first["failed"]) == ("baseline", 60, 0)
    assert first["statuses"] == {"200": first["requests"]}
    run = done.evidence("ceesar/gamma")["urn:x-proveout:run:v1"]
    assert run["requests"] > first["requests"]


def test_a_load_beside_a_check_ends_with_it(verify, loaded_project):
    done = verify("--env=gamma", "-m", "load", project=loaded_project(BESIDE))
    [(name, ending)] = [(each["check"], each["ending"]) for each in attempts(done)]
    assert (ending, "meanwhile" in name) == ("passed", True), done.output
    [ledger] = ledgers(done)
    segment = json.loads((ledger / "segments.jsonl").read_text().splitlines()[-1])
    assert segment["checkpoint"], segment


def test_a_load_that_wants_what_it_may_not_is_refused(verify, loaded_project):
    done = verify("--env=gamma", "-m", "load", project=loaded_project(TWICE, LOST))
    assert done.exit == 21, done.output
    assert "DELETE /api/problems/sum" in done.output


def test_a_load_that_could_not_be_offered_proves_nothing(verify, loaded_project):
    done = verify("--env=gamma", "-m", "load", project=loaded_project(TWICE, "import nowhere_to_be_found"))
    assert done.exit == 20, done.output
    assert "nowhere_to_be_found" in done.output
    assert len(ledgers(done)) == 1, "it was tried again for the second check"


@pytest.fixture
def load_with(loaded_project):
    """Return a function that gives what puts targets under load, as a run with these options has it."""

    root = loaded_project(TWICE)

    def load_with(**options):
        option = SimpleNamespace(**{"load_profile": None, "load_duration": None, "load_workers": 1} | options)
        config = SimpleNamespace(option=option, rootpath=root, getini=lambda _: "suites/load")
        return Load(SimpleNamespace(config=config, folder=root))

    return load_with


def test_a_profile_that_is_not_there_is_named_with_near_ones(load_with):
    with pytest.raises(Unknowable, match="did you mean baseline"):
        load_with(load_profile="basline").profile()


def test_a_profile_is_driven_in_less_time_if_that_is_wanted(load_with):
    assert load_with().profile().duration == 3.0
    assert load_with(load_duration="1500ms").profile().duration == 1.5


def test_a_duration_that_is_none_is_a_mistake(load_with):
    with pytest.raises(pytest.UsageError, match="--load-duration soon: not a duration"):
        load_with(load_duration="soon")


def test_a_budget_that_the_profile_does_not_have_is_asked_for(load_with):
    visited = SimpleNamespace(target=SimpleNamespace(environment=SimpleNamespace(system="ceesar")))
    load = load_with()
    assert load.budget(visited, "GET /api/health", 0.95) == 5.0
    with pytest.raises(Unknowable, match='has no budget of p99 for "GET /api/health"'):
        load.budget(visited, "GET /api/health", 0.99)


def test_a_system_that_the_profile_does_not_know_is_asked_for(load_with):
    visited = SimpleNamespace(target=SimpleNamespace(environment=SimpleNamespace(system="gaia")))
    with pytest.raises(Unknowable, match=r"add \[system.gaia\]"):
        load_with().mix(visited)
