"""Spreads the files of tests, so that workers, which begin at equal parts of the list, find like work."""

import zlib

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files by a number that has nothing to do with their folder; a file's tests stay together."""
    items.sort(key=lambda item: zlib.crc32(item.path.name.encode()))
