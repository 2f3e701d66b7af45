"""The supervisor of a segment: what it starts, what it believes, and that nothing outlives it."""

import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from machinery.coursing import course, lay_out
from proveout.load import supervisor
from proveout.load.ledger import WINDOWS
from proveout.load.process import KEPT, _surroundings
from proveout.load.supervisor import Generator

NEVER_READY = """
import pathlib, subprocess, time
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
pathlib.Path("child.new").write_text(str(child.pid))
pathlib.Path("child.new").rename("child")
time.sleep(300)
"""
LEAVES_A_CHILD = NEVER_READY.replace("time.sleep(300)", "raise SystemExit(0)")


def runs(pid):
    """Whether a process is more than an entry that nobody has collected yet."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def generator(tmp_path):
    """A function that returns a generator whose locustfile is a text."""

    def generator(text):
        planned = course(lay_out(tmp_path / "load"), "http://127.0.0.1:1")
        (tmp_path / "locustfile.py").write_text(text)
        folder = tmp_path / "ledger"
        (folder / WINDOWS).mkdir(parents=True)
        order = replace(planned.order, folder=str(folder), until=20.0)
        return Generator(order, tmp_path / "locustfile.py", tmp_path)

    return generator


def until_over(generator, within=120):
    generator.start()
    deadline = time.monotonic() + within
    try:
        while (state := generator.poll()).word in {"starting", "running"}:
            assert time.monotonic() < deadline, state
            time.sleep(0.05)
    finally:
        generator.stop()
    return state


def test_a_worker_that_is_never_ready_is_ended_with_its_children(generator, monkeypatch, tmp_path):
    monkeypatch.setattr(supervisor, "STARTING", 4.0)
    hangs = generator(NEVER_READY)
    assert until_over(hangs) == ("dead", "worker 0 was not ready within 4 s")
    assert not runs(hangs.processes[0].pid)
    child = tmp_path / "ledger" / "child"
    assert not child.exists() or not runs(int(child.read_text()))
    assert list((tmp_path / "started").iterdir()) == []


def test_a_generator_that_ends_well_without_a_word_is_dead_and_its_child_too(generator, tmp_path):
    assert until_over(generator(LEAVES_A_CHILD)) == ("dead", "worker 0 ended with exit status 0")
    assert not runs(int((tmp_path / "ledger" / "child").read_text()))
    assert list((tmp_path / "started").iterdir()) == []


def test_nothing_of_the_surroundings_reaches_the_generator(tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTPS_PROXY", "LOCUST_HOST", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "x")
    assert set(_surroundings(tmp_path)) <= {"LANG", "HOME", "PYTHONUNBUFFERED", *KEPT}


def test_the_process_that_supervises_never_loads_the_generator():
    code = "import sys, proveout.soak.course; print({'locust', 'gevent', 'scipy'} & sys.modules.keys())"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "set()"
