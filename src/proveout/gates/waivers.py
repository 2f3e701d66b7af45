"""Waivers: one claim of one environment set aside for a while, by somebody who answers for it."""

from proveout.gates.context import Context


def in_force(context: Context) -> dict[tuple[str, str], str]:
    """Return the reasons by environment and claim."""
    return {}


def require_matched(context: Context) -> None:
    """Make sure that each waiver in force set a failed claim aside."""
