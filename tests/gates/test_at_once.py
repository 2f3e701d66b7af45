"""Several processes at once: two that decide, one that decides while a failure comes in, one killed."""

import json
import shutil
import subprocess
from collections import Counter

import pytest

from machinery.deciders import adder, decider
from machinery.gatekeeping import Gatekeeping
from proveout.evidence.mend import mend
from proveout.evidence.store import Store
from proveout.gates.summary import EXTENSION
from proveout.model.verdict import Word

ROUNDS, KILLS, EDGE = 60, 12, "dev-gamma"


@pytest.fixture
def keeping(tmp_path):
    """Records that let the version through."""
    keeping = Gatekeeping(tmp_path / "ceesar", "ceesar")
    keeping.ready(EDGE)
    assert keeping.decide(EDGE).word is Word.PASS
    return keeping


def decisions(store):
    """Return the number, the word and the head of each decision on record, the oldest first."""
    snapshot = store.snapshot()
    assert snapshot.troubles == ()
    found = []
    for entry in snapshot.newest_first("decision"):
        said = json.loads(snapshot.body(entry))["predicate"][EXTENSION]
        assert said["word"] == entry.facts["word"]
        found.append((entry.number, said["word"], said["head"]))
    return found[::-1]


def test_two_that_decide_at_once_put_each_decision_on_record_or_say_that_they_did_not(keeping):
    before = keeping.store.snapshot().head
    with decider(keeping, EDGE) as one, decider(keeping, EDGE) as other:
        for worker in (one, other):
            worker.tell(keeping.store.folder, times=15)
        told = one.results() + other.results()
    on_record = decisions(keeping.store)
    assert [number for number, _, _ in on_record] == list(range(before + 1, before + 1 + len(on_record)))
    assert all(head == number - 1 for number, _, head in on_record), "something came between"
    assert len(on_record) == sum(file is not None for _, file, _ in told) > 15
    assert {word for word, file, _ in told if file is not None} == {"PASS"}
    assert {word for word, file, _ in told if file is None} <= {"HOLD"}


def test_no_pass_goes_on_record_once_a_failure_has(keeping):
    """The failure comes at any moment of the decision: before it, in the middle, or after it."""
    failed = keeping.statement("dev", failed=keeping.claims("dev", "smoke")[:1], ended=keeping.now)
    came = Counter()
    with decider(keeping, EDGE) as deciding, adder(keeping, failed) as adding:
        for number in range(10 * ROUNDS):
            if number >= ROUNDS and min(came["before"], came["after"]) > 5:
                break
            slow = 1 + number // ROUNDS  # on a slow machine the decisions take longer, too
            folder = keeping.folder / f"round-{number}"
            shutil.copytree(keeping.store.folder, folder)
            deciding.tell(folder, wait=number * 7919 % 20_000, times=4)
            adding.tell(folder, wait=number * 17_389 % 100_000 * slow)
            [failure], told = adding.results(), deciding.results()
            on_record = decisions(Store(folder))
            for decided, word, head in on_record:
                assert head == decided - 1, "it was recorded though something came between"
                assert (word == "PASS") == (decided < failure), (word, head, failure)
                came["before" if decided < failure else "after"] += 1
            words = [word for word, _, _ in told]
            assert words == sorted(words, key=["PASS", "FAIL"].index), "a failure was forgotten again"
            shutil.rmtree(folder)
    assert min(came["before"], came["after"]) > 5, f"the failure came too early or too late: {came}"


def test_a_decider_that_is_killed_leaves_a_decision_or_a_leftover_that_is_named(keeping):
    told, leftovers = [], 0
    for moment in range(20 * KILLS):
        if moment >= KILLS and leftovers and len(told) > KILLS:
            break
        with decider(keeping, EDGE) as killed:
            killed.tell(keeping.store.folder, times=100_000)
            with pytest.raises(subprocess.TimeoutExpired):
                killed.process.wait(timeout=0.01 + moment * 0.0173 % 0.15)
            killed.process.kill()
            told += killed.said()
        found = keeping.store.snapshot()
        if found.troubles:
            leftovers += 1
            assert all("next: proveout evidence mend" in trouble for trouble in found.troubles)
            assert keeping.decide(EDGE).word is Word.HOLD
            assert mend(keeping.store.folder)
        assert keeping.decide(EDGE).word is Word.PASS
    on_record = {f"{entry.id}.json" for entry in keeping.store.snapshot().newest_first("decision")}
    assert {file for _, file, _ in told} <= on_record, "a decision that was told is not on record"
    assert len(told) > KILLS
    assert leftovers > 0, "no kill met a decider at work"
    assert {word for _, word, _ in decisions(keeping.store)} == {"PASS"}
