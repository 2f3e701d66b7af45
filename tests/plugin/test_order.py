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
ENVIRONMENT = "gaia/staging"


def test_reversed_and_shuffled_checks_prove_the_same(verify, tmp_path):
    (tmp_path / "order_of_checks.py").write_text(ORDER)

    def proven(*more, **variables):
        done = verify(f"--env={ENVIRONMENT}", "-m", "smoke", *more, **variables)
        assert done.exit == 0, done.output
        return sorted(done.evidence(ENVIRONMENT)["passedTests"]), done.executed(ENVIRONMENT)

    usual, order = proven()
    seen = {tuple(order)}
    for name in ("reversed", "7"):
        found, order = proven("-p", "order_of_checks", PYTHONPATH=str(tmp_path), ORDER=name)
        assert found == usual
        seen.add(tuple(order))
    assert len(seen) == 3, "the order was not changed"
