"""Folders for what pytest's own are too deep for."""

import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture
def short_folder() -> Iterator[str]:
    """Return a folder for temporary files; Chromium keeps a socket there, whose path must be short."""
    with tempfile.TemporaryDirectory(prefix="short-", ignore_cleanup_errors=True) as folder:
        yield folder
