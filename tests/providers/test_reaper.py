"""What a killed run left behind is ended by the next one, and nothing else is."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import psutil
import pytest

from proveout.providers import reaper

RUN = """
import sys, time
from pathlib import Path
from proveout.catalogue.catalogue import load
from proveout.providers.process import start
root = Path(sys.argv[1])
catalogue = load(root / "environments")
environment = catalogue.environments["demo/dev"]
records = root / "reports" / "killed"
system, kept = catalogue.systems["demo"], sys.argv[2] == "kept"
copy = start(environment, system, records / "demo-dev", records=records, kept=kept)
print(copy.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def killed_run(place):
    """A function that starts a run in its own process, kills it, and returns the pid of its copy."""
    left = []

    def killed_run(kept=""):
        place.write()
        command = [sys.executable, "-c", RUN, str(place.root), kept]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
            pid = int(run.stdout.readline())
            left.append(psutil.Process(pid))
            run.kill()
        return pid

    yield killed_run
    for process in left:
        if process.is_running():
            process.kill()


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def gone():
    """A pid and a time of a process that has ended."""
    process = subprocess.Popen(["sleep", "600"])
    since = psutil.Process(process.pid).create_time()
    process.kill()
    process.wait()
    return process.pid, since


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports"


def written(reports, **known):
    """A record of a run that is gone, with what is known of its copy."""
    owner, owner_since = gone()
    started = replace(reaper.Started("0123456789abcdef", "demo/dev", owner, owner_since), **known)
    reaper.save(reports / "run", started)
    return started


def records(reports):
    return sorted(path.name for path in reports.glob("*/started/*.json"))


def test_a_copy_of_a_killed_run_is_ended_and_forgotten(killed_run, reports, runs):
    pid = killed_run()
    assert runs(pid)
    assert len(records(reports)) == 1
    [ended] = reaper.reap(reports)
    assert (ended.what, ended.pid) == ("demo/dev", pid)
    assert not runs(pid)
    assert records(reports) == []
    assert reaper.reap(reports) == []


def test_children_of_a_copy_of_a_killed_run_are_ended_too(place, killed_run, reports, runs):
    place.program = (
        "import pathlib, subprocess\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "pathlib.Path('child').write_text(str(child.pid))\n"
    ) + place.program
    pid = killed_run()
    child = int((reports / "killed" / "demo-dev" / "work" / "child").read_text())
    psutil.Process(pid).kill()
    assert runs(child)
    assert len(reaper.reap(reports)) == 1
    assert not runs(child)


def test_a_kept_copy_outlives_its_run_until_it_is_asked_for(killed_run, reports, runs):
    pid = killed_run("kept")
    assert reaper.reap(reports) == []
    assert reaper.abandoned(reports) == []
    assert runs(pid)
    [(folder, kept)] = reaper.abandoned(reports, also_kept=True)
    assert folder == reports / "killed"
    assert kept.url.startswith("http://127.0.0.1:")
    assert [started.pid for started in reaper.reap(reports, also_kept=True)] == [pid]
    assert not runs(pid)
    assert records(reports) == []


def test_a_copy_of_a_run_that_still_runs_is_left_alone(place, reports):
    place.copy()
    assert reaper.abandoned(reports) == []
    assert reaper.reap(reports) == []
    assert len(records(reports)) == 1


def test_a_process_that_only_has_the_same_pid_is_left_alone(reports, sleeper, runs):
    since = psutil.Process(sleeper.pid).create_time()
    written(reports, pid=sleeper.pid, since=since - 3600)
    assert reaper.reap(reports) == []
    assert runs(sleeper.pid)
    assert records(reports) == []


def test_a_run_whose_pid_belongs_to_somebody_else_now_is_gone(reports, sleeper, runs):
    since = psutil.Process(sleeper.pid).create_time()
    known = written(reports, owner=sleeper.pid, owner_since=since - 3600)
    assert [started for _, started in reaper.abandoned(reports)] == [known]
    reaper.reap(reports)
    assert runs(sleeper.pid)


def test_a_copy_whose_pid_was_never_written_down_is_found_by_its_token(reports, runs):
    known = written(reports)
    variables = {"PATH": os.environ["PATH"], reaper.TOKEN_VARIABLE: known.token}
    process = subprocess.Popen(["sleep", "600"], env=variables)
    try:
        assert reaper.reap(reports) == [known]
        assert not runs(process.pid)
    finally:
        process.kill()
        process.wait()


def test_a_copy_that_ended_by_itself_is_only_forgotten(reports):
    pid, since = gone()
    written(reports, pid=pid, since=since)
    assert reaper.reap(reports) == []
    assert records(reports) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b"\xff\xfe",
        b'{"token": "x"}',
        b'{"surprise": 1}',
        b"[" * 100000,
    ],
    ids=["empty", "half", "list", "null", "number", "bytes", "part", "other", "deep"],
)
def test_a_record_that_cannot_be_read_is_put_aside(reports, content):
    folder = reports / "run" / "started"
    folder.mkdir(parents=True)
    (folder / "x.json").write_bytes(content)
    assert reaper.reap(reports) == []
    assert [path.name for path in folder.iterdir()] == ["x.unreadable"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": "x"},
        {"owner": -1},
        {"owner": None},
        {"owner_since": None},
        {"pid": "x"},
        {"pid": -4},
        {"since": "x"},
        {"token": 5},
    ],
    ids=str,
)
def test_a_record_with_values_of_another_kind_is_put_aside(reports, wrong):
    known = written(reports, pid=os.getpid())
    path = reports / "run" / "started" / f"{known.token}.json"
    path.write_text(json.dumps(asdict(known) | wrong))
    assert reaper.reap(reports) == []
    assert records(reports) == []


def test_a_record_that_vanishes_meanwhile_is_none(reports):
    """Another run may forget its copy between the listing of a folder and the reading of its files."""
    folder = reports / "run" / "started"
    folder.mkdir(parents=True)
    (folder / "x.json").symlink_to(folder / "gone")
    assert reaper.reap(reports) == []


def test_there_may_be_no_reports_at_all(reports):
    assert reaper.reap(reports) == []
