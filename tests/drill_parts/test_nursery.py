"""Runs of pytest that are forked from one process: each is on its own all the same."""

import os

import psutil
import pytest

from proveout.drill.fault import Sessions
from proveout.drill.nursery import Nursery
from proveout.drill.surroundings import sessions
from proveout.providers.readiness import NotYet, probe
from proveout.providers.reaper import TOKEN_VARIABLE


@pytest.fixture(scope="module")
def nursery():
    return Nursery()


@pytest.fixture
def run(nursery, tmp_path):
    """A function that lets the nursery run one test."""

    def run(text, *, within=30.0, **variables):
        (tmp_path / "test_it.py").write_text(text)
        output = tmp_path / "output.txt"
        words = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path), "test_it.py"]
        surroundings = {"PATH": os.environ["PATH"], **variables}
        code = nursery.run(words, folder=tmp_path, variables=surroundings, output=output, within=within)
        return code, output.read_text()

    return run


@pytest.mark.parametrize(
    ("body", "code"), [("assert True", 0), ("assert False", 1), ("import os; os._exit(7)", 7)]
)
def test_a_run_comes_to_the_exit_code_of_pytest(run, body, code):
    assert run(f"def test_it():\n    {body}\n")[0] == code


def test_a_run_has_its_own_folder_and_variables_and_nothing_of_ours(run, monkeypatch, tmp_path):
    monkeypatch.setenv("OF_OURS", "1")
    text = "import os\ndef test_it():\n    print(os.getcwd(), sorted(os.environ))\n    assert False\n"
    _, output = run(text, MINE="2")
    assert f"{tmp_path} [" in output
    assert "'MINE'" in output
    assert "OF_OURS" not in output


def test_a_run_knows_nothing_of_the_one_before(run):
    text = "import json\ndef test_it():\n    assert not hasattr(json, 'mark')\n    json.mark = 1\n"
    assert [run(text)[0] for _ in range(2)] == [0, 0]


def test_a_run_that_does_not_end_is_killed_with_what_it_started(run, tmp_path):
    text = "import subprocess\ndef test_it():\n    p = subprocess.Popen(['sleep', '600'])\n"
    text += f"    open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))\n    p.wait()\n"
    with pytest.raises(TimeoutError, match="did not end within 6 s"):
        run(text, within=6.0)
    pid = int((tmp_path / "pid").read_text())
    probe(lambda: require_gone(pid), within=5)


def require_gone(pid):
    if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        raise NotYet(f"{pid} still runs")


def tmux():
    """Return the servers of tmux; the names are read as the processes are found, for others end meanwhile."""
    return [p for p in psutil.process_iter(["name"]) if (p.info["name"] or "").startswith("tmux")]


def test_sessions_are_real_and_end(tmp_path):
    before = {process.pid for process in tmux()}
    with sessions(Sessions(count=3, named=("foundation",)), tmp_path) as variables:
        servers = [process for process in tmux() if process.pid not in before]
        assert len(servers) == 1
        assert servers[0].environ()["TMUX_TMPDIR"] == variables["TMUX_TMPDIR"]
        assert len(servers[0].children()) == 3
    require_gone(servers[0].pid)
    assert not os.path.exists(variables["TMUX_TMPDIR"])  # noqa: PTH110 - a text
    assert list((tmp_path / "started").iterdir()) == []


def test_sessions_carry_the_token_by_which_those_of_a_killed_drill_are_found(tmp_path):
    with sessions(Sessions(count=1), tmp_path):
        (record,) = (tmp_path / "started").iterdir()
        assert record.stem in {process.environ().get(TOKEN_VARIABLE) for process in tmux()}
