"""The course of a soak, with the real locust: asked to end, gone on with, hung, broken, out of its depth."""

import math
import os
import signal
import threading
import time
from contextlib import suppress

import psutil
import pytest

from machinery.counting import Target
from machinery.coursing import JOURNEY, course, drive, lay_out, look_at
from machinery.windows import Writing
from proveout.load import supervisor as load_supervisor
from proveout.load.ledger import FINDINGS, SAMPLES, SEGMENTS, LedgerError, append, create, windows
from proveout.load.line import Finding, Segment
from proveout.load.lock import Lock, holder_of
from proveout.load.reading import read
from proveout.soak import course as soak_course
from proveout.soak import looking


def workers_of_this_process():
    found = {}
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # ended meanwhile
            number = child.environ().get("PROVEOUT_LOAD_WORKER")
            if number is not None:
                found[int(number)] = child
    return found


class Once:
    """Does something to a worker, once, when the ledger is at a position."""

    def __init__(self, *acts):
        self.acts = list(acts)

    def __call__(self, ledger):
        if self.acts and ledger.position >= self.acts[0][0]:
            _, worker, act = self.acts.pop(0)
            act(workers_of_this_process()[worker])


def total(ledger, key):
    return sum(getattr(slot, key) for slot in ledger.slots)


@pytest.mark.parametrize(
    ("workers", "act", "said"),
    [
        (1, psutil.Process.suspend, "worker 0 wrote no window for 5 s"),
        (3, psutil.Process.kill, "worker 0 was ended by signal 9"),
    ],
    ids=["hung", "one of three killed"],
)
def test_a_worker_that_writes_no_more_ends_its_segment(tmp_path, monkeypatch, workers, act, said):
    monkeypatch.setattr(load_supervisor, "SILENT", 5.0)
    # Nobody arrives at the end of a window: a visit under way when its worker dies is counted by nobody.
    folder = lay_out(tmp_path / "load", lasts=4, rate=80, pause="400ms")
    acts = Once((1.0, 0, act))
    with Target(folder) as target:
        ledger = drive(folder, target.url, workers=workers, tell=acts)
    assert (ledger.position, ledger.valid, ledger.segments[-1].why) == (4, 4, "complete")
    assert [finding.text for finding in ledger.findings] == [f"the load generator died in segment 1: {said}"]
    assert [segment.why for segment in ledger.segments] == [f"generator: {said}", "complete"]
    assert total(ledger, "due") == total(ledger, "requests") > 150
    assert workers_of_this_process() == {}


DEADLY = JOURNEY.replace("        number =", "        __import__('os')._exit(0)\n        number =")


def test_a_generator_that_dies_again_and_again_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(soak_course, "DEAD", 1)
    folder = lay_out(tmp_path / "deadly", journey=DEADLY)
    with Target(folder) as target:
        ledger = drive(folder, target.url)
    assert ledger.valid == 0
    assert len(ledger.segments) == 2
    last = ledger.segments[-1]
    assert last.why.startswith(
        "the load generator died 2 times within an hour, last: worker 0 ended with exit"
    )
    assert not last.checkpoint
    assert [finding.kind for finding in ledger.findings] == ["generator", "generator"]


def test_what_cannot_be_driven_is_not_tried_again(tmp_path):
    folder = lay_out(tmp_path / "unknown")
    (folder / "small.toml").write_text((folder / "small.toml").read_text().replace("visitor", "vistor"))
    with Target(folder) as target:
        ledger = drive(folder, target.url)
    [segment] = ledger.segments
    assert segment.why.startswith("broken: unknown journey 'vistor'; did you mean visitor?")


# By the clock, so that a machine that others use, too, does not make it longer still.
BUSY = JOURNEY.replace(
    "        number =",
    """        import time
        until = time.monotonic() + 0.02
        while time.monotonic() < until:
            pass
        number =""",
)


def test_a_rate_the_machine_cannot_offer_is_seen_in_the_ledger(tmp_path):
    folder = lay_out(tmp_path / "busy", lasts=2, rate=100, journey=BUSY)
    with Target(folder) as target:
        ledger = drive(folder, target.url)
    assert ledger.position == 2
    assert total(ledger, "offered") / total(ledger, "due") < 0.99
    assert max(slot.lag for slot in ledger.slots) > 0.01
    assert max(slot.cpu for slot in ledger.slots) > 0.1


def test_a_look_that_hangs_does_not_stop_the_course(tmp_path, monkeypatch):
    monkeypatch.setattr(soak_course, "LOOK_WITHIN", 0.5)
    folder, hung = lay_out(tmp_path / "look", lasts=5), threading.Event()

    def look(number, segment):
        if number == 2:
            hung.wait()
        return look_at(target.url)(number, segment)

    with Target(folder) as target:
        try:
            ledger = drive(folder, target.url, look=look)
        finally:
            hung.set()
    assert ledger.segments[-1].why == "complete"
    said = [sample.unknown.get("sampler", "") for sample in ledger.samples[:3]]
    assert said[1] == "no sample: it took more than 0.5 s"
    assert said[2] == "no sample: an earlier look at the target has not come back"


def test_another_environment_ends_it(tmp_path):
    folder = lay_out(tmp_path / "other", lasts=60)

    def look(number, segment):
        sample = look_at(target.url)(number, segment)
        begun = windows(folder / "soaks" / "1", 1, 0).exists()
        return sample.model_copy(update={"environment": "prod" if begun else "gamma"})

    with Target(folder) as target:
        ledger = drive(folder, target.url, look=look)
    assert ledger.position < 60
    assert ledger.segments[-1].why == "the target says it is prod, it was ceesar/gamma"
    assert [finding.kind for finding in ledger.findings] == ["identity"]
    assert ledger.ends[1, 0].why == "checkpoint"


def test_what_the_watch_finds_is_written_down(tmp_path):
    folder = lay_out(tmp_path / "watch", lasts=3)
    seen = []

    def watch(ledger):
        seen.append(len(ledger.samples))
        return [Finding(at=time.time(), kind="suspect", text="it may grow")] if len(seen) == 1 else []

    with Target(folder) as target:
        ledger = drive(folder, target.url, watch=watch)
    assert seen == list(range(1, len(ledger.samples) + 1))
    assert [finding.kind for finding in ledger.findings] == ["suspect"]


def test_a_ledger_another_run_is_at_is_left_alone(tmp_path):
    folder = lay_out(tmp_path / "used")
    ledger = course(folder, "http://127.0.0.1:1").folder
    ledger.mkdir(parents=True)
    with Lock(ledger):
        said = holder_of(ledger)
        with pytest.raises(LedgerError, match=rf"another run is at .*pid {os.getpid()} on .* since 20"):
            drive(folder, "http://127.0.0.1:1")
    assert said.startswith(f"pid {os.getpid()} ")
    assert holder_of(ledger) is None
    assert not (ledger / "head.json").exists()


def test_a_ledger_of_something_else_is_not_gone_on_with(tmp_path):
    folder = lay_out(tmp_path / "other")
    planned = course(folder, "http://127.0.0.1:1")
    create(planned.folder, planned.head.model_copy(update={"version": "0.9.0"}), folder / "small.toml")
    with pytest.raises(LedgerError, match=r"version of the target was 0\.9\.0, is 1\.0\.0"):
        drive(folder, "http://127.0.0.1:1")
    assert read(planned.folder).segments == ()


def test_what_a_killed_run_saw_and_did_not_write_down_is_written_when_it_goes_on(tmp_path):
    folder = lay_out(tmp_path / "late", lasts=3)
    with Target(folder) as target:
        planned = course(folder, target.url)
        create(planned.folder, planned.head, folder / "small.toml")
        append(planned.folder / SEGMENTS, Segment(segment=1, start=0.0, workers=1, began=time.time()))
        for number in (1, 2):
            sample = look_at(target.url)(number, 1).model_copy(update={"started": 1000.0 * number})
            append(planned.folder / SAMPLES, sample)
        with (planned.folder / FINDINGS).open("wb") as stream:
            stream.write(b'{"at": 3, "ki')
        ledger = drive(folder, target.url)
    assert [finding.kind for finding in ledger.findings] == ["restarted", "restarted"]
    assert [sample.number for sample in ledger.samples][:3] == [1, 2, 3]
    assert [segment.planned for segment in ledger.segments] == [True, False]
    assert "half a line that a killed writer left" in ledger.troubles[0]
    assert ledger.position == 3


def test_a_second_request_ends_it_at_once(tmp_path):
    folder = lay_out(tmp_path / "twice", lasts=60)

    def ask(_):
        if workers_of_this_process():
            os.kill(os.getpid(), signal.SIGINT)

    with Target(folder) as target, pytest.raises(KeyboardInterrupt):
        drive(folder, target.url, tell=lambda ledger: [ask(ledger), ask(ledger)])
    assert workers_of_this_process() == {}
    assert read(folder / "soaks" / "1").position < 60
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_look_at_its_turn():
    taken = []

    def look(number, segment):
        taken.append((number, segment))
        return Writing  # whatever it returns is handed on

    turns = looking.Looking(look, every=math.inf, within=60, number=7)
    deadline = time.monotonic() + 60
    while (found := turns.turn(3)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert found is Writing
    assert turns.turn(3) is None
    assert taken == [(7, 3)]
