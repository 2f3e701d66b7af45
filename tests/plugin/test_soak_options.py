"""What the command line says of a soak: what cannot be is a mistake before anything is started."""

import json
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from proveout.catalogue.catalogue import load
from proveout.model.mistake import UserError
from proveout.plugin import soak_wish as soak_wish_module
from proveout.plugin.soak_wish import soak_wish, span
from proveout.providers.address import free_port

ROOT = Path(__file__).parents[2]
CATALOGUE = load(ROOT / "environments")
SOAK = ("--env=gaia/staging", "-m", "soak")
USUAL = {
    "markexpr": "soak",
    "soak_duration": None,
    "soak_resume": False,
    "load_workers": 1,
    "load_elsewhere": 0,
    "load_port": None,
}


class Line:
    """A command line as pytest hands it on, in this project, with reports of its own."""

    rootpath = ROOT

    def __init__(self, reports, **options):
        self.option = SimpleNamespace(**USUAL | {"load_profile": None, "numprocesses": None} | options)
        self._settings = {"proveout_reports": str(reports), "proveout_load": "suites/load"}

    def getini(self, name):
        return self._settings[name]


@pytest.fixture
def wished(tmp_path):
    """A function that returns the soak that options ask for, of staging if no environments are named."""

    def wished(*environments, **options):
        chosen = CATALOGUE.select(list(environments) or ["gaia/staging"])
        return soak_wish(Line(tmp_path, **options), chosen, CATALOGUE.systems)

    return wished


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"soak_duration": "soon"}, 'not a duration. Write a number and a unit (ms, s, m, h, d): "24h"'),
        ({"soak_duration": "2s"}, "--soak-duration 2s: from 10s to 24h"),
        ({"soak_duration": "25h"}, "which is how long the profile soak_24h lasts"),
        ({"load_workers": 0}, "--load-workers 0: write a number from 1 to 64"),
        ({"load_workers": 65}, "--load-workers 65: write a number from 1 to 64"),
        ({"load_elsewhere": 2}, "--load-elsewhere 2: they are among the --load-workers, and those are 1"),
        ({"load_elsewhere": -1}, "next: write a number from 0 to 1, or --load-workers 1"),
        ({"load_port": 6000}, "--load-port 6000 is given, but no worker is started elsewhere"),
        ({"load_elsewhere": 1, "load_port": 80}, "--load-port 80: write a number from 1024 to 65535"),
        ({"load_elsewhere": 1, "load_port": 0}, "--load-port 0: write a number from 1024 to 65535"),
        ({"load_profile": "soak_42h"}, "no profile 'soak_42h'"),
        ({"soak_resume": True}, "no soak of gaia/staging that could be gone on with is in"),
        ({"numprocesses": 2}, "the checks of a soak judge one and the same day"),
        ({"markexpr": "smoke", "soak_duration": "5m"}, "--soak-duration is given, but no soak was asked for"),
        ({"markexpr": "load", "load_elsewhere": 1}, "--load-elsewhere is given, but no soak was asked for"),
        ({"markexpr": "smoke", "load_port": 0}, "--load-port is given, but no soak was asked for"),
        ({"markexpr": "", "soak_resume": True}, "--soak-resume is given, but no soak was asked for"),
    ],
)
def test_what_cannot_be_is_a_mistake(wished, options, says):
    with pytest.raises(UserError) as mistake:
        wished(**options)
    assert says in str(mistake.value)


def test_a_port_that_somebody_has_is_said_before_anything_starts(wished):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"--load-port {port}: .* cannot be had") as mistake:
            wished(load_elsewhere=1, load_port=port)
    assert "next: stop that process, or give another one: --load-port" in str(mistake.value)


def test_the_port_of_workers_elsewhere_is_locusts_own_unless_another_is_named(wished, monkeypatch):
    monkeypatch.setattr(soak_wish_module, "require_free", lambda *_, **__: None)  # somebody may have it
    assert (wished().elsewhere, wished().port) == (0, None)
    assert wished(load_workers=3, load_elsewhere=3).port == 5557
    named = wished(load_workers=3, load_elsewhere=2, load_port=6000)
    assert (named.workers, named.elsewhere, named.port) == (3, 2, 6000)


def test_what_goes_on_with_a_soak_has_the_same_workers(wished):
    assert wished().again == "pytest --env=gaia/staging -m soak --soak-resume"
    more = wished(load_profile="rehearsal", load_workers=3, load_elsewhere=1, load_port=free_port())
    assert more.again == (
        "pytest --env=gaia/staging -m soak --load-profile rehearsal --load-workers 3 --load-elsewhere 1 "
        f"--load-port {more.port} --soak-resume"
    )


def test_one_environment_is_soaked_at_a_time(wished):
    with pytest.raises(UserError, match=r"2 environments are selected .gaia/staging, gaia/prod."):
        wished("gaia")


def test_a_ledger_that_is_damaged_is_not_gone_on_with(wished, tmp_path):
    place = tmp_path / "soaks" / "gaia-staging" / "one"
    place.mkdir(parents=True)
    (place / "head.json").write_text(json.dumps({"ledger": 1}))
    with pytest.raises(UserError, match=r"--soak-resume: .*head\.json"):
        wished(soak_resume=True)


@pytest.mark.parametrize("expression", ["", "load", "not smoke", "not soak", "smoke or load"])
def test_only_m_names_a_soak(wished, expression):
    assert wished(markexpr=expression) is None


def test_an_environment_that_nobody_soaks_has_none(wished):
    assert wished("gaia/dev") is None


def test_the_day_is_driven_as_it_is_unless_a_shorter_one_is_asked_for(wished):
    whole, rehearsal = wished(), wished(markexpr="soak and reads", soak_duration="5m")
    assert (whole.profile.duration, whole.rehearsal, whole.note) == (86400, False, "")
    assert (rehearsal.profile.duration, rehearsal.rehearsal) == (300, True)
    assert rehearsal.note == "rehearsal 5m"
    assert whole.profile.digest == rehearsal.profile.digest


@pytest.mark.parametrize(("seconds", "text"), [(86400, "24h"), (300, "5m"), (90, "90s"), (5400, "90m")])
def test_a_time_is_written_as_the_option_takes_it(seconds, text):
    assert span(float(seconds)) == text


def test_without_the_extra_the_way_to_it_is_told(verify, tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # What finds modules is told that this one is not there, as where it was never installed.
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'scipy' else found(name, package)\n"
    )
    done = verify(*SOAK, PYTHONPATH=str(hidden))
    assert done.exit == 4, done.output
    assert "scipy is not installed, so a soak cannot be judged" in done.output
    assert "next: pip install 'proveout[soak]'" in done.output
    assert not list(done.reports.glob("*/started/*"))


def test_a_plan_says_what_would_be_driven_and_for_how_long(verify):
    done = verify(*SOAK, "--soak-duration=5m", "--env-plan")
    assert done.exit == 0, done.output
    assert "a soak would begin: profile soak_24h for 5m (rehearsal 5m), about 1," in done.output
    assert "GAIA-STG-STABLE" in done.output
    assert "test_the_day_stays_within_its_budget[gaia/staging-rss]" in done.output
    assert not list(done.reports.glob("**/head.json"))
