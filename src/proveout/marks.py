"""The decorators a check uses to say which statements of the documents it is about."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# pytest is imported where it is used: the command line and what it starts do without it.


def verifies(*claims: str) -> "pytest.MarkDecorator":
    """Say which claims a check verifies; a claim is proven when all checks that verify it pass."""
    import pytest  # noqa: PLC0415 - see above

    return pytest.mark.verifies(*claims)


def serves(*claims: str) -> "pytest.MarkDecorator":
    """Say which rules a check works for: its failure counts, but the gate decides the rule."""
    import pytest  # noqa: PLC0415 - see above

    return pytest.mark.serves(*claims)
