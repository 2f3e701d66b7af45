"""Why a store of evidence cannot be used, or not the way it was meant."""

from proveout.model.mistake import UserError


class Damaged(UserError):
    """The store is not what was put into it; the text says what is wrong and what to do next."""


class Moved(Exception):
    """Somebody added an entry after the caller looked; nothing was written."""
