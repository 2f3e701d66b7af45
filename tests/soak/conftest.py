"""Ledgers of days nobody had to wait for: healthy ones, torn ones, and one that is not over."""

import pytest

from machinery import ledgers
from machinery.ledgers import REHEARSAL
from proveout.load.reading import read


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    def write(day):
        return read(ledgers.write(tmp_path_factory.mktemp("ledgers") / "one", day))

    return write


@pytest.fixture(scope="module")
def healthy(write):
    return write(REHEARSAL)


@pytest.fixture(scope="module")
def day(write):
    return write(ledgers.HEALTHY)


@pytest.fixture(scope="module")
def torn(write):
    return write(ledgers.TORN_UP)


@pytest.fixture(scope="module")
def unfinished(write):
    return write(ledgers.UNFINISHED)
