"""proveout: proves that a deployed environment is what its architecture document says."""

from proveout.marks import serves, verifies

__all__ = ["serves", "verifies"]
