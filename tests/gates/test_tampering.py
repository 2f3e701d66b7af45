"""Whatever is tampered with, the gate does not open: all that it reads, by all operations.

A store has no memory outside of its folder. Whoever can write there and takes the trouble can cut off the
newest records and write index and head anew, key or no key: then it is the store of an earlier moment, and no
gate can tell (docs/decisions/0017). test_harmless.py shows that, and what gives it away. Without a key he can
write anything else, too: the cases that forge a whole store are about signed ones, and about times that no
record may have.
"""

import pytest

from machinery.cases import cases
from machinery.target import READ, Target
from proveout.evidence.key import Key
from proveout.model.verdict import Word

BATCHES = {"gaia/dev-staging": 5, "gaia/staging-prod": 13, "ceesar/dev-gamma": 6, "ceesar/gamma-prod": 9}
TARGETS = [(edge, signing) for edge in READ for signing in ("unsigned", "signed")]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """A function that returns what is attacked, made once per process and brought back after each case."""
    made = {}

    def target(edge, signing):
        if (edge, signing) not in made:
            folder = tmp_path_factory.mktemp("target")
            made[edge, signing] = Target(folder, edge, key=Key.new() if signing == "signed" else None)
        return made[edge, signing]

    return target


@pytest.mark.parametrize(
    ("edge", "signing", "batch"),
    [
        pytest.param(edge, signing, batch, id=f"{edge.replace('/', '-')}-{signing}-{batch}")
        for edge, signing in TARGETS
        for batch in range(BATCHES[edge])
    ],
)
def test_the_gate_does_not_open_whatever_is_tampered_with(target, edge, signing, batch):
    attacked = target(edge, signing)
    through, idle, silent, tried = [], [], [], 0
    for case in list(cases(attacked))[batch :: BATCHES[edge]]:
        with attacked.place.under(case) as changed:
            found = attacked.word()
        tried += 1
        idle += [] if changed else [case.name]
        through += [case.name] if found is Word.PASS else []
        silent += [case.name] if isinstance(found, str) and "next: " not in found else []
    assert tried > 50
    assert idle == [], "these changed nothing"
    assert silent == [], "these are refused without a word of what to do"
    assert through == [], f"{len(through)} of {tried} got through"
    assert attacked.word() is Word.PASS, "it was not brought back"


def test_there_are_at_least_five_thousand_cases_and_each_has_its_name(target):
    count = 0
    for edge, signing in TARGETS:
        names = [case.name for case in cases(target(edge, signing))]
        assert len(set(names)) == len(names)
        count += len(names)
    assert count >= 5000


def test_every_kind_of_record_that_a_gate_reads_is_among_them(target):
    kinds = {entry.kind for edge in READ for entry, _ in target(edge, "unsigned").rows}
    assert kinds == {"run", "decision", "approval", "waiver", "end-of-waiver", "event", "promotion"}


def test_the_cases_are_the_same_each_time(tmp_path):
    made = [Target(tmp_path / name, "gaia/dev-staging", key=Key.new()) for name in ("one", "other")]
    one, other = ([case.name for case in cases(target)] for target in made)
    assert one == other
