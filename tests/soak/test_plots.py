"""The pictures of a soak."""

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from machinery import ledgers
from proveout.load.reading import read
from proveout.model.mistake import UserError
from proveout.soak.judgement import judge
from proveout.soak.plots import pictures

PNG = b"\x89PNG\r\n\x1a\n"
ALL = ["latency", "rate", "errors", "memory", "resources"]


def drawn(ledger):
    return pictures(ledger, judge(ledger, ledger.profile, ledger.profile.mix("gaia")))


def text_of(svg):
    """Return what a browser shows of names that matplotlib writes as comments beside its glyphs."""
    return " ".join(re.findall(r"<!--\s*(.*?)\s*-->", svg))


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """A rehearsal with a bit of everything that can happen."""
    day = replace(
        ledgers.REHEARSAL,
        stops=((100.0, 20.0, True), (200.0, 30.0, False)),
        restarts=(150.0,),
        failing=(220.0, 240.0),
    )
    return read(ledgers.write(tmp_path_factory.mktemp("soaks") / "day", day))


@pytest.fixture(scope="module")
def made(rehearsal):
    return {picture.name: picture for picture in drawn(rehearsal)}


def test_there_is_a_picture_of_everything(made):
    assert list(made) == ALL
    assert all(picture.png().startswith(PNG) for picture in made.values())


def test_each_says_in_words_what_it_shows(made):
    assert "GET /health p99 " in made["latency"].says
    assert "visits began in time" in made["rate"].says
    assert "requests failed" in made["errors"].says
    assert "rss" in made["memory"].says
    assert "descriptors" in made["resources"].says


def test_bands_and_lines_are_explained_in_the_picture(made):
    text = text_of(made["latency"].svg())
    for meaning in (
        "warm-up",
        "pause: nobody arrives",
        "not measured, planned",
        "not measured",
        "target restarted",
        "budget p99 250 ms",
        "p99: failed",
        "profile time",
        "UTC",
    ):
        assert meaning in text, meaning


def test_the_vectors_are_xml_that_loads_nothing_and_wears_the_colours_of_the_page(made):
    for picture in made.values():
        svg = picture.svg()
        ET.fromstring(svg.replace("xlink:href", "href"))
        assert not re.search(r"(?:href|src)=\"(?!#)", svg)
        assert "#fefefe" not in svg
        assert "var(--ink)" in svg


def test_names_within_the_vectors_do_not_meet_on_one_page(made):
    found = [set(re.findall(r' id="([^"]+)"', picture.svg())) for picture in made.values()]
    assert sum(map(len, found)) == len(set().union(*found))


def test_the_same_ledger_gives_the_same_picture(rehearsal, made):
    assert drawn(rehearsal)[0].svg() == made["latency"].svg()


def test_half_a_minute_is_enough_for_pictures(tmp_path):
    day = replace(ledgers.REHEARSAL, duration=30.0, window=5.0)
    assert [picture.name for picture in drawn(read(ledgers.write(tmp_path / "day", day)))] == ALL


def test_what_was_not_seen_is_not_drawn(tmp_path):
    day = replace(ledgers.REHEARSAL, unseen=("rss", "descriptors", "threads", "database", "log"))
    names = [picture.name for picture in drawn(read(ledgers.write(tmp_path / "day", day)))]
    assert names == ["latency", "rate", "errors"]


def test_nothing_measured_has_no_pictures(rehearsal):
    assert drawn(replace(rehearsal, slots=(), samples=(), totals={}, valid=0.0, position=0.0)) == []


def test_a_long_time_is_drawn_with_as_many_points_as_a_day(rehearsal):
    # Twelve thousand slots with a thousand pauses; a month has more of the former and fewer of the latter.
    day = 86400.0
    many = tuple(
        replace(slot, at=slot.at + number * day, begin=slot.begin + number * day)
        for number in range(200)
        for slot in rehearsal.slots
    )
    long = replace(rehearsal, slots=many)
    latency = pictures(long, judge(rehearsal, rehearsal.profile, rehearsal.profile.mix("gaia")))[0]
    assert len(latency.svg()) < 1_500_000


def test_without_matplotlib_the_next_step_is_said(rehearsal, monkeypatch):
    judged = judge(rehearsal, rehearsal.profile, rehearsal.profile.mix("gaia"))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UserError, match=re.escape("pip install 'proveout[soak]'")):
        pictures(rehearsal, judged)


def test_matplotlib_is_imported_only_when_something_is_drawn():
    code = (
        "import sys, proveout.soak.page, proveout.soak.progress, proveout.cli;"
        "print([name for name in sys.modules if name.partition('.')[0] == 'matplotlib'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_drawing_leaves_no_figures_behind_in_the_process(made):
    assert made
    assert "matplotlib.pyplot" not in sys.modules
