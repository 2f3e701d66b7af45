import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.model.verdict import ExitCode, Verdict, Word, worst

verdicts = st.builds(Verdict, st.sampled_from(Word), st.integers(0, 9), st.just(9), refused=st.booleans())


def test_a_verdict_says_how_much_was_verified_and_what_it_does_not_say():
    assert str(Verdict(Word.PASS, 44, 52)) == "PASS 44/52"
    assert str(Verdict(Word.HOLD, 0, 52, note="reference")) == "HOLD 0/52 (reference)"


def test_a_run_without_any_verdict_is_on_hold():
    assert worst([]) == ExitCode.HOLD


@given(st.lists(verdicts, min_size=1))
def test_the_worst_verdict_decides(found):
    code = worst(found)
    if any(v.refused for v in found):
        assert code == ExitCode.REFUSED
    elif any(v.word is Word.FAIL for v in found):
        assert code == ExitCode.FAIL
    elif any(v.word is Word.HOLD for v in found):
        assert code == ExitCode.HOLD
    else:
        assert code == ExitCode.PASS


@given(st.lists(verdicts), st.randoms())
def test_the_order_of_environments_does_not_matter(found, random):
    shuffled = random.sample(found, len(found))
    assert worst(found) == worst(shuffled)


@pytest.mark.parametrize("word", Word)
def test_nobody_passes_by_being_refused(word):
    assert Verdict(word, 1, 1, refused=True).exit_code == ExitCode.REFUSED
