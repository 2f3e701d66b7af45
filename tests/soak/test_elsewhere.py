"""Workers on other machines: started with the very lines that a soak shows, through a login of their own."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from machinery.counting import Target
from machinery.coursing import LOCUSTFILE, course, lay_out, look_at
from machinery.toy_soak import toy_soak
from machinery.verification import command, surroundings
from proveout.load import supervisor
from proveout.load.elsewhere import CHANGED, called
from proveout.load.ledger import windows
from proveout.load.reading import read
from proveout.model.verdict import Word
from proveout.plugin.soak import Soaked
from proveout.plugin.soak_wish import SoakWish
from proveout.providers.address import free_port
from proveout.soak.course import run
from proveout.soak.judgement import judge

OTHERS = f"far=127.0.0.1 locust='{sys.executable} -m locust'"
# The login's home is a folder of the test, its settings, too.
SSH = """#!/bin/bash
exec {program} -F {settings} "${{@:1:$#-1}}" "cd && ${{!#}}"
"""
# Puts each file in its place at once, as rsync does; the home of the login is on this machine.
RSYNC = """#!{python}
import shutil, sys
from pathlib import Path

def put(source, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    copy = place.with_name("." + place.name)
    shutil.copy(source, copy)
    copy.rename(place)

*sources, to = [name.replace("127.0.0.1:", "{home}/") for name in sys.argv[2:]]
for source in map(Path, sources):
    for file in source.rglob("*") if source.is_dir() else [source]:
        if file.is_file():
            put(file, Path(to) / (file.relative_to(source) if source.is_dir() else file.name))
"""


@pytest.fixture
def paste(far, tmp_path):
    """A function that pastes lines that were shown into a shell, and gives the file of what they said."""
    programs, home = tmp_path / "programs", far.folder
    settings = home / f"client-user_key-known-{far.port}"
    texts = {
        "ssh": SSH.format(program=shutil.which("ssh"), settings=settings),
        "rsync": RSYNC.format(python=sys.executable, home=home),
    }
    programs.mkdir()
    for name, text in texts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    variables = surroundings() | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    said = tmp_path / "pasted"
    shells = []

    def paste(lines):
        assert lines.count(CHANGED) == 1, lines
        words = ["bash", "-c", lines.replace(CHANGED, OTHERS)]
        with said.open("ab") as log:
            shells.append(
                subprocess.Popen(words, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            )
        return shells[-1]

    yield paste
    for shell in shells:
        shell.wait(timeout=90)  # the lines end by themselves


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody has to look for a worker's name and password here."""
    monkeypatch.setattr(supervisor, "JOINING", 60.0)


def shown(text):
    """The lines to paste, out of what was shown."""
    return text[text.index(CHANGED) :]


class Elsewhere:
    """A soak with one of its workers elsewhere, whose lines are pasted as they are shown, or changed."""

    def __init__(self, folder, target, paste, *, workers=3, change=lambda lines: lines):
        shutil.copy(LOCUSTFILE, folder)
        planned = course(folder, target.url, workers=workers, elsewhere=1, port=free_port())
        ledger = folder / "soaks" / folder.parent.name  # there is one far machine for all tests
        self.course = replace(planned, folder=ledger, locustfile=folder / LOCUSTFILE.name)
        self.look, self.paste, self.change = look_at(target.url), paste, change
        self.called = []

    def call(self, generator):
        self.called.append(called(generator))
        if generator.begun is None and self.paste is not None:
            self.paste(self.change(shown(self.called[-1])))

    def run(self):
        return run(self.course, sample=self.look, watch=lambda _: [], tell=lambda _: None, call=self.call)


def soaked(ledger):
    """What a run says of such a soak."""
    judged = judge(ledger, ledger.profile, ledger.profile.mix("ceesar"))
    wish = SoakWish(
        "ceesar/gamma",
        ledger.profile,
        rehearsal=False,
        workers=3,
        folder=ledger.folder,
        elsewhere=1,
        port=5557,
    )
    return Soaked(wish, ledger, judged)


def test_a_worker_that_is_started_as_shown_takes_part(tmp_path, live, far, paste):
    root, dev = toy_soak(tmp_path), live("gaia/dev")
    options = ("--load-workers=3", "--load-elsewhere=1", f"--load-port={free_port()}")
    line = command(
        *("--env=gaia/dev", "-m", "soak", "-p", "no:allure_pytest", *options),
        *(f"--env-url={dev.target.url}", f"--env-root={dev.target.root}"),
        reports=root / "reports",
    )
    with subprocess.Popen(
        line, cwd=root, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = ""
        for text in process.stdout:
            said += text
            if text.startswith("while kill"):
                paste(shown(said))
    assert process.returncode == 0, said
    assert "PASS 1/1" in said
    assert said.count(CHANGED) == said.count("all 3 workers are there, the load begins") == 1
    (folder,) = (root / "reports" / "soaks" / "gaia-dev").glob("2*")
    ledger = read(folder)
    assert (ledger.position, ledger.valid, ledger.lost) == (12, 12, 0)
    assert {worker for _, worker in ledger.ends} == {0, 1, 2}
    there = far.folder / f"proveout-{folder.name}"
    assert windows(there, 1, 2).read_bytes() == windows(folder, 1, 2).read_bytes()
    assert not windows(there, 1, 0).exists()


def test_a_worker_that_never_comes_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "JOINING", 2.0)
    folder = lay_out(tmp_path / "load", lasts=3)
    with Target(folder) as target:
        soak = Elsewhere(folder, target, None)
        ledger = soak.run()
        assert target.seen == []
    assert len(soak.called) == 1
    assert [segment.why for segment in ledger.segments] == [
        "worker 2 never came: nobody started it elsewhere within 2 s"
    ]
    assert ledger.findings == ()
    found = soaked(ledger)
    assert found.word is Word.HOLD
    assert found.unfinished == (
        "it ended early (worker 2 never came: nobody started it elsewhere within 2 s): 0 s of 3s are on "
        "record; next: pytest --env=ceesar/gamma -m soak --load-profile small --load-workers 3 "
        "--load-elsewhere 1 --load-port 5557 --soak-resume"
    )


def test_windows_that_are_not_copied_back_are_asked_for_and_count_later(tmp_path, monkeypatch, far, paste):
    monkeypatch.setattr(supervisor, "COPYING", 6.0)
    folder = lay_out(tmp_path / "load", lasts=4)
    with Target(folder) as target:
        soak = Elsewhere(
            folder, target, paste, change=lambda lines: lines.replace("; back; done; back", "; done")
        )
        ledger = soak.run()
    assert ledger.position == 0
    found = soaked(ledger)
    assert found.word is Word.HOLD
    assert "no window of worker 2 came back for 6 s: copy what was written elsewhere into" in found.unfinished
    place = far.folder / f"proveout-{ledger.folder.name}"
    shutil.copy(windows(place, 1, 2), windows(ledger.folder, 1, 2))
    whole = soak.run()
    assert (whole.position, whole.lost, len(whole.segments), soaked(whole).unfinished) == (4, 0, 1, "")


def test_the_only_worker_can_be_elsewhere(tmp_path, paste):
    folder = lay_out(tmp_path / "load", lasts=3)
    with Target(folder) as target:
        soak = Elsewhere(folder, target, paste, workers=1)
        ledger = soak.run()
        assert len(target.seen) == sum(slot.due for slot in ledger.slots) > 0
    assert (ledger.position, ledger.lost, ledger.segments[-1].why) == (3, 0, "complete")
