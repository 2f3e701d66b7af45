"""Profiles: a mistake in one is said with its place, and a rehearsal is the same shape."""

from pathlib import Path

import pytest

from proveout.load.profile import load_profile
from proveout.load.rate import Rate
from proveout.model.mistake import DefinitionError, UserError

SHIPPED = Path(__file__).parents[2] / "suites" / "load" / "profiles"
WHOLE = """
says = "a test"
[[phases]]
lasts = "1h"
rate = 4
[idle]
every = "10m"
lasts = "1m"
[system.gaia]
journeys = [{ journey = "operator", share = 1 }]
limits.error_share = 0.01
[system.gaia.requests]
"GET /health" = { p95 = "1s" }
"""


@pytest.fixture
def profile(tmp_path):
    """What reads a profile in which a piece of text was replaced."""

    def profile(before="", after=""):
        assert before in WHOLE
        (tmp_path / "mine.toml").write_text(WHOLE.replace(before, after, 1))
        return load_profile(tmp_path, "mine")

    return profile


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("rate = 4", "rate = 0", "nobody ever arrives"),
        ("rate = 4", "rat = 4", "rat"),
        ('lasts = "1h"', 'lasts = "40d"', "at most 31"),
        ('lasts = "1m"', 'lasts = "10m"', "nobody would ever arrive"),
        ("share = 1", "personas = 1", "no journey has a share"),
        (", share = 1 }", " }", "write either share = 3"),
        ("error_share = 0.01", "error_share = 1", "less than 1"),
        ("error_share = 0.01", "error_shar = 0.01", "did you mean error_share"),
        ('p95 = "1s"', 'p96 = "1s"', "Accepted: p50, p95, p99"),
        ("GET /health", "health", "write a method and a path"),
        ("says", "name", "the file's own name is its name"),
        ("rate = 4", "rate =", "mine.toml"),
    ],
)
def test_a_mistake_is_said_with_its_place(profile, before, after, said):
    with pytest.raises(DefinitionError, match=r"mine\.toml") as error:
        profile(before, after)
    assert said in str(error.value)


def test_an_unknown_profile_names_near_ones(profile, tmp_path):
    profile()
    with pytest.raises(UserError, match=r"no profile 'mien' .*; did you mean mine\?"):
        load_profile(tmp_path, "mien")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_each_profile_that_is_shipped_has_people_come_to_both_systems(path):
    found = load_profile(SHIPPED, path.stem)
    assert set(found.system) == {"gaia", "ceesar"}
    assert Rate(found).total(found.duration) > 50


def test_a_rehearsal_has_the_shape_of_the_whole(profile):
    whole = profile()
    short = whole.over(1200)
    assert short.duration == pytest.approx(1200)
    assert short.idle.every == pytest.approx(200)
    assert Rate(short).at(0.25 * 1200) == Rate(whole).at(0.25 * 3600)
    assert short.digest == whole.digest


@pytest.mark.parametrize("duration", [60, 300, 601, 3720, 7200, 5 * 3600, 12 * 3600 + 7])
def test_a_pause_of_a_rehearsal_has_a_slot_of_its_own(duration):
    """Else nothing would be known of the answers after it."""
    short = load_profile(SHIPPED, "soak_24h").over(duration)
    assert short.sample <= 60
    assert short.sample / short.window == round(short.sample / short.window)
    assert short.idle.lasts >= short.sample
    for length in (short.idle.every, short.idle.lasts):
        assert length / short.sample == pytest.approx(round(length / short.sample))
    assert short.idle.lasts <= short.idle.every / 6


def test_the_whole_has_the_samples_it_names():
    whole = load_profile(SHIPPED, "soak_24h")
    assert whole.over(whole.duration).sample == whole.sample == 60
    assert whole.over(whole.duration).idle == whole.idle
