"""The supervisor: nothing of the load generator outlives it."""

import subprocess
import sys

import psutil
import pytest

from proveout.load import supervisor
from proveout.load.order import Order
from proveout.safety.policy import Policy

HANGS = """
import pathlib, subprocess, sys, time
child = subprocess.Popen(["sleep", "300"])
pathlib.Path("child.new").write_text(str(child.pid))
pathlib.Path("child.new").rename("child")
time.sleep(300)
"""


def runs(pid):
    """Whether a process is more than an entry that nobody has collected yet."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def order(tmp_path):
    policy = Policy(
        "http",
        "127.0.0.1",
        1,
        "",
        frozenset({("http", "127.0.0.1", 2)}),
        frozenset({"reads"}),
        frozenset({"POST /api/run"}),
    )
    journal = str(tmp_path / "journal.jsonl")
    return Order("http://127.0.0.1:1", "gamma", policy, "reads", 1, 1.0, 1, 1, 1.0, 1, journal)


def test_an_order_reads_as_it_was_written(order, tmp_path):
    order.save(tmp_path / "order.json")
    assert Order.load(tmp_path / "order.json") == order


def test_a_generator_that_hangs_is_ended_with_its_children(order, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "_command", lambda _: [sys.executable, "-c", HANGS])
    monkeypatch.setattr(supervisor, "STARTING", 2.0)
    ending = supervisor.drive(order, tmp_path / "locustfile.py", tmp_path, tmp_path)
    assert str(ending) == "the load generator did not end in time"
    assert not runs(int((tmp_path / "child").read_text()))
    assert list((tmp_path / "started").iterdir()) == []


def test_an_interrupted_run_ends_the_generator(order, tmp_path, monkeypatch):
    pids = []

    def interrupted(process, _within):
        pids.append(process.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(supervisor, "_command", lambda _: ["sleep", "300"])
    monkeypatch.setattr(supervisor, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        supervisor.drive(order, tmp_path / "locustfile.py", tmp_path, tmp_path)
    assert not runs(pids[0])
    assert list((tmp_path / "started").iterdir()) == []


def test_a_generator_that_leaves_a_child_behind_does_not_leave_it_to_us(order, tmp_path, monkeypatch):
    monkeypatch.setattr(
        supervisor, "_command", lambda _: [sys.executable, "-c", HANGS.replace("time.sleep(300)", "")]
    )
    ending = supervisor.drive(order, tmp_path / "locustfile.py", tmp_path, tmp_path)
    assert str(ending) == "the load generator ended with exit status 0"
    assert not runs(int((tmp_path / "child").read_text()))


def test_nothing_of_the_surroundings_reaches_the_generator(tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTPS_PROXY", "LOCUST_HOST", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "x")
    assert set(supervisor._surroundings(tmp_path)) <= {"LANG", "HOME", "PYTHONUNBUFFERED", *supervisor.KEPT}


def test_the_process_that_judges_never_loads_the_generator():
    code = "import sys, proveout.load.journey; print({'locust', 'gevent', 'scipy'} & sys.modules.keys())"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "set()"
