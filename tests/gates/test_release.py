import pytest

from proveout.gates.release import Release

A, B = "a1" * 32, "b2" * 32


@pytest.mark.parametrize(
    "version", ["1.4.2", "v1.4.2", "0.0.1", "2.3.1-rc.1", "1.0.0+abc1234", "9fc2e1a", "1.4.2.post1"]
)
def test_a_version_that_names_one_thing_is_known_without_a_digest(version):
    assert not Release(version, None).moving
    assert Release(version, None).known


@pytest.mark.parametrize(
    "version",
    [
        "staging-latest",
        "latest",
        "1",
        "1.4",
        "main",
        "v1",
        "1.4.2-SNAPSHOT",
        "1.0.0-latest",
        "",
        None,
        "nightly-3",
    ],
)
def test_a_label_that_moves_is_known_by_its_digest_only(version):
    assert Release(version, None).moving
    assert not Release(version, None).known
    assert Release(version, A).known


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Release("1.4.2", A), Release("1.4.2", A), True),
        (Release("dev-latest", A), Release("staging-latest", A), True),
        (Release("1.4.2", A), Release("1.4.2", B), False),
        (Release("1.4.2", A), Release("1.4.3", None), False),
        (Release("1.4.2", None), Release("1.4.2", A), True),
        (Release("1.4.2", None), Release("1.4.2", None), True),
        (Release("latest", None), Release("latest", None), None),
        (Release("latest", A), Release("latest", None), None),
        (Release("latest", A), Release("1.4.2", None), None),
        (Release(None, A), Release("1.4.2", None), None),
        (Release(None, None), Release(None, None), None),
        (Release("1.4.2", None), Release(None, None), None),
    ],
)
def test_two_are_the_same_beyond_doubt_or_not_or_it_cannot_be_known(one, other, same):
    assert one.same(other) is same
    assert other.same(one) is same


def test_a_person_may_write_the_version_the_digest_or_its_beginning():
    release = Release("1.4.2", A)
    assert all(release.called(name) for name in ("1.4.2", A, f"sha256:{A}", f"sha256:{A[:12]}", A[:8]))
    assert not any(release.called(name) for name in ("1.4", A[:7], f"sha256:{B}", "", "sha256:"))


@pytest.mark.parametrize("facts", [{}, {"version": 3, "artifact": ["x"]}, {"version": None}])
def test_facts_that_are_no_texts_say_nothing(facts):
    assert Release.of(facts) == Release(None, None)
