"""Ending a copy ends everything it started."""

import psutil
import pytest

# Starts a child as the text says, writes both pids down, and answers.
FAMILY = """
import os, pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session={apart})
pathlib.Path("pids").write_text(f"{{os.getpid()}} {{child.pid}}")
{meanwhile}
"""
SLEEP = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
GRANDCHILD = (
    "import os, subprocess, sys, pathlib\n"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
    "pathlib.Path('grandchild').write_text(str(p.pid))"
)


@pytest.fixture
def family(place):
    """A function that starts a copy with a child and returns the copy and the pids of both."""

    def family(child=SLEEP, *, apart=False, meanwhile=""):
        place.program = FAMILY.format(child=child, apart=apart, meanwhile=meanwhile) + place.program
        copy = place.copy()
        return copy, [int(pid) for pid in (copy.target.root / "pids").read_text().split()]

    return family


def test_a_copy_that_is_stopped_leaves_no_process_and_no_record(place, runs):
    copy = place.copy()
    assert runs(copy.process.pid)
    assert copy.stop() == []
    assert not runs(copy.process.pid)
    assert place.recorded() == []


def test_a_copy_may_be_stopped_twice(place):
    copy = place.copy()
    copy.stop()
    assert copy.stop() == []


def test_a_copy_is_asked_before_it_is_killed(place):
    goodbye = (
        "import signal, sys\nsignal.signal(15, lambda *_: (print('goodbye', flush=True), sys.exit(0)))\n"
    )
    place.program = goodbye + place.program
    copy = place.copy()
    assert copy.stop() == []
    assert copy.target.log.read_text().endswith("goodbye\n")


def test_a_copy_that_does_not_listen_is_killed(place, runs):
    place.program = "import signal\nsignal.signal(15, signal.SIG_IGN)\n" + place.program
    place.start["stop_within"] = "300ms"
    copy = place.copy()
    assert copy.stop() == [copy.process.pid]
    assert not runs(copy.process.pid)


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("child", [SLEEP, STUBBORN], ids=["idle", "stubborn"])
def test_children_are_ended_too(family, runs, child, apart):
    copy, pids = family(child, apart=apart)
    assert copy.stop() == pids[1:]
    assert not any(runs(pid) for pid in pids)


def test_a_grandchild_whose_parent_is_gone_is_ended_too(family, runs, soon):
    copy, pids = family(GRANDCHILD, apart=True)
    grandchild = int(soon(lambda: (path := copy.target.root / "grandchild").exists() and path.read_text()))
    soon(lambda: not runs(pids[1]))
    soon(lambda: psutil.Process(grandchild).ppid() != pids[1])
    assert copy.stop() == [grandchild]
    assert not runs(grandchild)


def test_children_are_ended_although_the_copy_has_ended(family, runs, soon):
    copy, pids = family(apart=True)
    psutil.Process(pids[0]).kill()
    soon(lambda: not runs(pids[0]))
    assert copy.stop() == pids[1:]
    assert not runs(pids[1])


def test_a_start_that_fails_leaves_no_child(place, family, runs):
    with pytest.raises(Exception, match="it ended with exit status 3"):
        family(apart=True, meanwhile="sys.exit(3)")
    pids = (place.records / "copy-0" / "work" / "pids").read_text().split()
    assert not any(runs(int(pid)) for pid in pids)
    assert place.recorded() == []


def test_other_processes_are_left_alone(place, runs):
    first, second = place.copy(), place.copy()
    first.stop()
    assert runs(second.process.pid)
    assert [path.stem for path in place.recorded()] == [second.started.token]
