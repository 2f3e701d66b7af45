"""What samples tell of the target: another process, another build, somebody else, nobody."""

import pytest

from machinery.windows import Writing
from proveout.load.line import Sample, Segment
from proveout.soak.strata import GONE, Strata, begun_anew


@pytest.fixture
def kinds(tmp_path):
    """A function that returns the findings of samples, each of which is what it says and an hour later."""
    head = Writing(tmp_path).head

    def kinds(*samples, anew=(), provenance="live"):
        strata = Strata(head.model_copy(update={"provenance": provenance}), anew)
        known = {
            "pid": 7,
            "started": 1000.0,
            "version": "1",
            "binary": "b",
            "environment": "gamma",
            "get": "200",
        }
        rows = [
            Sample(number=number, **{"segment": 1, "at": 3600.0 * number, **known, **sample})
            for number, sample in enumerate(samples, start=1)
        ]
        return [(finding.kind, finding.at / 3600) for sample in rows for finding in strata.look(sample)]

    return kinds


def test_the_same_is_no_news(kinds):
    assert (
        kinds({}, {"started": 1001.0}, {"segment": 2}, {"get": "503"}, {"environment": "ceesar/gamma"}) == []
    )


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"started": 5000.0}, "restarted"),
        ({"started": 5000.0, "pid": 8}, "restarted"),
        ({"started": None, "pid": 8}, "restarted"),
        ({"version": "2"}, "redeployed"),
        ({"binary": "c"}, "redeployed"),
        ({"environment": "prod"}, "identity"),
    ],
)
def test_what_changed_is_told_once(kinds, changed, kind):
    later = {} if kind == "identity" else changed
    assert kinds({}, {}, changed, later) == [(kind, 3)]


def test_what_is_not_seen_has_not_changed_but_is_compared_when_it_is_seen_again(kinds):
    unseen = {"pid": None, "started": None, "version": None, "binary": None}
    assert kinds({}, unseen, unseen, {}) == []
    assert kinds({}, unseen, unseen, {"started": 5000.0}) == [("restarted", 4)]


def test_a_copy_that_was_begun_anew_is_not_the_targets_fault(kinds):
    anew = {"started": 5000.0, "segment": 2}
    assert kinds({}, anew, anew=[2], provenance="reference") == [("copy", 2)]
    assert kinds({}, anew, anew=[2], provenance="live") == [("restarted", 2)]
    assert kinds({}, anew, anew=[], provenance="reference") == [("restarted", 2)], "only the generator died"
    assert kinds({}, {"started": 5000.0}, anew=[2], provenance="twin") == [("restarted", 2)]


def test_a_target_that_stays_away_is_told_once_until_it_is_back(kinds):
    gone = {"get": "nothing answers"}
    begin = 7200.0
    soon, late = {**gone, "at": begin + GONE - 1}, {**gone, "at": begin + GONE}
    assert kinds({}, {**gone, "at": begin}, soon) == []
    assert [kind for kind, _ in kinds({}, {**gone, "at": begin}, soon, late, gone, gone)] == ["unreachable"]
    assert kinds({}, {**gone, "at": begin}, {"at": begin + 10}, late) == []
    assert kinds({}, {**gone, "at": begin}, {**late, "segment": 2}) == [], "nobody looked in between"
    assert kinds({}, {**gone, "at": begin}, {"get": None, "at": begin + 9}, late) == [
        ("unreachable", 7500 / 3600)
    ]


def test_a_run_was_begun_anew_after_one_that_was_left_or_asked_to_end():
    def segment(number, **words):
        return Segment(segment=number, start=0.0, workers=1, began=0.0, **words)

    died, asked, left = {"ended": 1.0, "why": "generator: hung"}, {"ended": 1.0, "checkpoint": True}, {}
    segments = [segment(1, **died), segment(2, **asked), segment(3, **left), segment(4)]
    assert begun_anew(segments) == [3, 4]
