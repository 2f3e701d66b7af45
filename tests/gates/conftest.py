"""Gates whose records let a version through, until a test changes one of them."""

import pytest

from machinery.commanding import Desk
from machinery.gatekeeping import Gatekeeping
from proveout.model.verdict import Word


@pytest.fixture
def keeping(tmp_path):
    """A function that returns the definitions and the empty store of a system."""

    def keeping(system, **options):
        return Gatekeeping(tmp_path / system, system, **options)

    return keeping


@pytest.fixture
def open_gate(tmp_path):
    """A function that returns the records of an edge that would let the version through."""

    def open_gate(edge, **options):
        system, _, name = edge.partition("/")
        keeping = Gatekeeping(tmp_path / system, system, **options)
        keeping.edge, keeping.begin = name, name.partition("-")[0]
        keeping.smoke = keeping.claims(keeping.begin, "smoke")
        keeping.ready(name)
        assert keeping.decide(name).word is Word.PASS
        return keeping

    return open_gate


@pytest.fixture
def gaia(keeping):
    return keeping("gaia")


@pytest.fixture
def ceesar(keeping):
    return keeping("ceesar")


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    """A function that returns the definitions and the empty store of a system, with the commands at hand."""
    monkeypatch.delenv("PROVEOUT_KEY", raising=False)
    return lambda system, **options: Desk(tmp_path, system, capsys.readouterr, **options)
