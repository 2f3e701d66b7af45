"""Spreads the files of tests, so that workers, which begin at equal parts of the list, find like work."""

import zlib

import pytest

SHARING = {"reports"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files by a number that has nothing to do with their folder; a file's tests stay together.

    So do the files of a folder that share what is costly to make.
    """
    items.sort(key=lambda item: zlib.crc32(_together(item).encode()))


def _together(item: pytest.Item) -> str:
    folder = item.path.parent.name
    return folder if folder in SHARING else item.path.name
