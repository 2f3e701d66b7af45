"""The decorators a check uses to say which statements of the documents it is about."""

import pytest


def verifies(*claims: str) -> pytest.MarkDecorator:
    """Say which claims a check verifies; a claim is proven when all checks that verify it pass."""
    return pytest.mark.verifies(*claims)


def serves(*claims: str) -> pytest.MarkDecorator:
    """Say which rules a check works for: its failure counts, but the gate decides the rule."""
    return pytest.mark.serves(*claims)
