"""With `--gate` the gate chooses what runs, and says so to whoever would choose, too."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from machinery.gatekeeping import CHECKOUT
from machinery.toy import toy
from machinery.verification import command, surroundings
from proveout.catalogue.catalogue import load
from proveout.gates.parts import Part
from proveout.plugin.handed import handed
from proveout.providers.connection import connection
from proveout.providers.plan import Wishes

GATE = "--gate=ceesar/dev-gamma"
CATALOGUE = load(CHECKOUT / "environments")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return toy(tmp_path_factory.mktemp("project"))


def refused(root, *words, cwd=None, **variables):
    base = [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", "-p", "no:allure_pytest"]
    done = subprocess.run(
        [*base, *words],
        cwd=cwd or root,
        env=surroundings(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "next: " in done.stderr or "selected: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (root / "reports").exists()
    return done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "smoke"),
        ("-k", "health"),
        ("--lf",),
        ("--ff",),
        ("--sw",),
        ("--deselect", "suites/test_health.py"),
        ("--ignore", "suites"),
        ("--collect-only",),
        ("--setup-plan",),
        ("--fixtures",),
        ("suites/test_health.py",),
        ("--env=dev",),
        ("--env-twin",),
        ("--env-provider=process",),
        ("--junitxml=x.xml",),
    ],
)
def test_nothing_else_chooses_what_runs(root, words):
    assert "the gate chooses what runs" in refused(root, GATE, *words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((GATE, "--gate=ceesar/dev-gamma"), "--gate is given 2 times"),
        (("--rehearse",), "--rehearse without --gate"),
        (("--gate=ceesar/dev-gama",), "did you mean ceesar/dev-gamma"),
        (("--gate=",), 'there is no gate ""'),
        ((GATE, "-k", ""), "an empty selection selects everything"),
        ((GATE, "--rehearse", "--env-url=http://127.0.0.1:1"), "a rehearsal works on copies"),
        ((GATE, "--env-url=ceesar/prod=http://127.0.0.1:1"), '"ceesar/prod" is not selected'),
        ((GATE, "--env-url="), "--env-url is given but empty"),
        ((GATE, "--env-require", "lives"), "did you mean live"),
        ((GATE, "--env-root=nowhere"), "is no directory"),
    ],
)
def test_a_mistake_is_said_before_anything_runs(root, words, says):
    assert says in refused(root, *words)


def test_a_gate_in_the_settings_would_start_itself_again(root):
    assert "stands in addopts or PYTEST_ADDOPTS" in refused(root, PYTEST_ADDOPTS=GATE)


def test_a_gate_is_run_where_all_checks_are_seen(root):
    assert "--gate is run where the configuration lies" in refused(root, GATE, cwd=root / "suites")


def test_a_selection_in_the_settings_is_one_too(root):
    assert "the gate chooses what runs" in refused(root, GATE, PYTEST_ADDOPTS="-k health")


def test_a_broken_definition_is_said_with_its_place(tmp_path):
    broken = toy(tmp_path, gates='never_waived = ["CC-HL-METHOD"]\n[dev-gamma]\nfrom = "dev"\n')
    assert "gates.toml" in refused(broken, GATE)


def test_help_is_help(root):
    words = command(GATE, "--help", reports=root / "reports")
    done = subprocess.run(words, cwd=root, env=surroundings(), capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "--rehearse" in done.stdout


def words_of(part, wishes, *typed, rehearsal=False):
    config = SimpleNamespace(invocation_params=SimpleNamespace(args=typed))
    return handed(part, wishes, config, rehearsal=rehearsal)


LIVE = Part("gaia", ("dev", "prod"), ("smoke", "load"), ("gaia/dev",))
TWIN = Part("gaia", ("dev",), ("smoke",), ("gaia/dev",), twin=True)


def test_a_run_gets_what_the_user_said_and_what_concerns_its_environments(tmp_path):
    machine, directory = connection("ssh://ann@10.0.4.12:22/srv/gaia?timeout=5")
    wishes = Wishes(
        urls={"gaia/dev": "http://127.0.0.1:1", "gaia/staging": "http://127.0.0.1:2"},
        machines={"gaia/dev": machine},
        roots={"gaia/dev": directory},
        sources={"gaia/prod": tmp_path},
        artifacts={"gaia/dev": "ab" * 32},
        versions={"gaia/dev": "2.0.0"},
        require=frozenset({"logs"}),
    )
    typed = ("--gate=gaia/dev-staging", "-n", "2", "-q", "--env-url", "x", "-p", "no:allure", "--explain")
    assert words_of(LIVE, wishes, *typed) == [
        *("-n", "2", "-q", "-p", "no:allure"),
        *("--env=gaia/dev", "--env=gaia/prod", "-m", "smoke or load"),
        *("--env-require", "live", "--env-require", "logs"),
        *("--env-url", "gaia/dev=http://127.0.0.1:1", "--env-root", "gaia/dev=/srv/gaia"),
        *("--env-machine", "gaia/dev=ssh://ann@10.0.4.12:22?timeout=5", "--env-version", "gaia/dev=2.0.0"),
        *("--env-artifact", f"gaia/dev=sha256:{'ab' * 32}", "--env-source", f"gaia/prod={tmp_path}"),
    ]


def test_what_a_run_gets_is_understood_as_it_was_meant():
    machine, directory = connection("ssh://ann@10.0.4.12:22/srv/gaia?timeout=5")
    assert connection(machine) == (machine, None)
    assert str(directory) == "/srv/gaia"


def test_a_twin_is_a_copy_and_needs_no_sources(tmp_path):
    wishes = Wishes(sources={"gaia/dev": tmp_path}, require=frozenset({"live"}))
    assert words_of(TWIN, wishes) == ["--env=gaia/dev", "--env-twin", "-m", "smoke"]


def test_a_rehearsal_runs_on_copies():
    words = words_of(LIVE, Wishes(), "--rehearse", "--gate", "gaia/dev-staging", "-x", rehearsal=True)
    assert words == [
        *("-x", "--env=gaia/dev", "--env=gaia/prod", "-m", "smoke or load"),
        *("--env-provider", "process"),
    ]
