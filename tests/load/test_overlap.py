import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.load.overlap import Span, overlap

SPANS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
)


@given(SPANS)
def test_the_overlap_is_that_of_the_busiest_moment(spans):
    moments = [sum(span.begin <= moment < span.end for span in spans) for moment in range(71)]
    assert overlap(spans) == max(moments)


@given(SPANS, st.randoms())
def test_the_order_of_the_answers_does_not_matter(spans, random):
    shuffled = list(spans)
    random.shuffle(shuffled)
    assert overlap(shuffled) == overlap(spans)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], 0),
        ([(1, 2)], 1),
        ([(1, 2), (2, 3)], 1),
        ([(1, 2), (1.9, 3)], 2),
        ([(1, 1), (1, 1)], 0),
        ([(0, 10), (1, 2), (3, 4)], 2),
        ([(0, 1)] * 20, 20),
    ],
)
def test_known_overlaps(spans, expected):
    assert overlap([Span(*span) for span in spans]) == expected
