"""A check that is exclusive runs while no other does, whoever runs the others."""

import re
import threading
import time

import pytest

from machinery.servers import health
from proveout.plugin.turns import Turns
from proveout.providers.readiness import NotYet, probe

CHECKS = """
import time
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

def note(word):
    with open({file!r}, "a") as stream:
        stream.write(f"{{word}} {{time.monotonic():.4f}}\\n")

@verifies("CC-HL-STATUS")
@pytest.mark.parametrize("number", range(6))
def test_together(ceesar, number):
    note(f"begin{{number}}")
    time.sleep(0.2)
    note(f"end{{number}}")
    assert ceesar.health().status == "healthy"

@verifies("CC-HL-VERSION")
@pytest.mark.exclusive
@pytest.mark.parametrize("number", [7, 8])
def test_alone(ceesar, number):
    note(f"begin{{number}}")
    time.sleep(0.2)
    note(f"end{{number}}")
    assert ceesar.health().version
"""


def spans(file):
    """When each check of the file began and ended."""
    times = {word: float(moment) for word, moment in (line.split() for line in file.read_text().splitlines())}
    return {
        n: (times[f"begin{n}"], times[f"end{n}"]) for n in map(int, re.findall(r"begin(\d)", " ".join(times)))
    }


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


def test_exclusive_checks_overlap_with_none_and_the_others_do(verify, project, scripted, tmp_path):
    file = tmp_path / "spans"
    url = scripted(lambda _request: (200, {}, health())).url
    root = project(turns=CHECKS.format(file=str(file)))
    done = verify("--env=gamma", f"--env-url={url}", "-m", "smoke", "-n", "4", project=root)
    assert done.exit == 0, done.output
    seen = spans(file)
    assert len(seen) == 8
    for alone in (7, 8):
        assert [n for n in seen if n != alone and overlap(seen[n], seen[alone])] == []
    assert any(overlap(seen[a], seen[b]) for a in range(6) for b in range(a)), "nothing ran side by side"


@pytest.fixture
def turns(tmp_path):
    return Turns(tmp_path / "turns")


def eventually(condition):
    def question():
        if not condition():
            raise NotYet("not yet")

    probe(question, within=5)


def test_who_waits_to_be_alone_is_not_kept_waiting_by_late_comers(turns):
    order = []

    def visit(name, *, alone, until):
        with turns.turn(alone=alone):
            order.append(name)
            eventually(until)

    threads = []

    def begin(name, *, alone, until=lambda: True):
        threads.append(threading.Thread(target=visit, args=(name,), kwargs={"alone": alone, "until": until}))
        threads[-1].start()

    leave = threading.Event()
    begin("first", alone=False, until=leave.is_set)
    eventually(lambda: order == ["first"])
    begin("alone", alone=True)
    door = turns._folder / "door.lock"
    eventually(lambda: locked(door))  # the one who wants to be alone stands in the door
    begin("late", alone=False)
    time.sleep(0.1)  # the late comer has every chance to overtake
    assert order == ["first"]
    leave.set()
    for thread in threads:
        thread.join(timeout=10)
    assert order == ["first", "alone", "late"]


def locked(path):
    import fcntl  # noqa: PLC0415 - only here

    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
