"""The order in which checks run makes no difference to what they prove."""

ORDER = """
import os, random, pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    if os.environ["ORDER"] == "reversed":
        items.reverse()
    else:
        random.Random(int(os.environ["ORDER"])).shuffle(items)
"""
ENVIRONMENTS = ("gaia/staging", "ceesar/gamma")


def test_reversed_and_shuffled_checks_prove_the_same(verify, tmp_path):
    (tmp_path / "order_of_checks.py").write_text(ORDER)
    words = [*(f"--env={i}" for i in ENVIRONMENTS), "-m", "smoke"]

    def proven(*more, **variables):
        done = verify(*words, *more, **variables)
        assert done.exit == 0, done.output
        return {i: sorted(done.evidence(i)["passedTests"]) for i in ENVIRONMENTS}, done.executed(
            ENVIRONMENTS[1]
        )

    usual, order = proven()
    seen = {tuple(order)}
    for name in ("reversed", "7"):
        found, order = proven("-p", "order_of_checks", PYTHONPATH=str(tmp_path), ORDER=name)
        assert found == usual
        seen.add(tuple(order))
    assert len(seen) == 3, "the order was not changed"
