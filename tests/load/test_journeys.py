"""Journeys are found by the names a profile calls them; what cannot be one is said in a sentence."""

import json
import subprocess
import sys

import pytest

from machinery.generator import profile

TEAM = """
from locust import FastHttpUser, HttpUser, SequentialTaskSet, User, task
from helping import START

class One(FastHttpUser):
    @task
    def does(self): pass

class TwoWords(HttpUser):
    @task
    def does(self): pass

class Socket(User):
    @task
    def does(self): pass

class Nested(HttpUser):
    @task
    class Inner(SequentialTaskSet): pass

class Empty(HttpUser): pass
"""
FINDS = """
import json, sys
from pathlib import Path
from proveout.load.journeys import find, named, require_guardable, require_single_tasks
from proveout.model.mistake import UserError

said = {}
for name in sys.argv[2:]:
    try:
        kind = named(name, find(Path(sys.argv[1])))
        require_guardable(name, kind)
        require_single_tasks(name, kind)
        said[name] = kind.__name__
    except UserError as error:
        said[name] = str(error)
print(json.dumps(said))
"""


@pytest.fixture
def found(tmp_path):
    """What a process of its own, because locust is imported there, says of names in a folder."""

    def found(*names, **files):
        for file, code in files.items():
            (tmp_path / f"{file}.py").write_text(code)
        done = subprocess.run(
            [sys.executable, "-c", FINDS, str(tmp_path), *names],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(done.stdout)

    return found


def test_a_journey_is_found_by_its_name_alone_or_with_its_file(found):
    names = (
        "one",
        "two_words",
        "twowords",
        "team.one",
        "other.one",
        "on",
        "socket",
        "nested",
        "empty",
        "any.one",
    )
    said = found(*names, team=TEAM, helping="START = 1", other="")
    assert [said[name] for name in names[:4]] == ["One", "TwoWords", "TwoWords", "One"]
    assert "unknown journey 'on'; did you mean one?" in said["on"]
    assert "unknown journey 'other.one'" in said["other.one"]
    assert "neither a FastHttpUser nor an HttpUser" in said["socket"]
    assert "write personas = 2 instead of share" in said["nested"]
    assert "(Empty) has no task" in said["empty"]


def test_two_of_one_name_are_told_apart_by_their_files(found):
    said = found("one", "a.one", a=TEAM, b=TEAM, helping="START = 1")
    assert said["one"].startswith("more than one journey is called 'one'\nnext: write a.one or b.one")
    assert said["a.one"] == "One"


def test_a_file_that_cannot_be_imported_is_named(found):
    said = found("one", team="import no_such_module")
    assert "team.py cannot be imported: ModuleNotFoundError: No module named 'no_such_module'" in said["one"]


def test_a_journey_that_is_none_ends_the_load_before_anything_is_sent(driven, serving):
    with serving() as server:
        left = driven(server, profile(journeys=("ceesar.visitr",)))
        assert server.seen == []
    assert (left.end.why, left.end.windows, left.code) == ("broken", 0, 3)
    assert "unknown journey 'ceesar.visitr'; did you mean visitor?" in left.end.text
