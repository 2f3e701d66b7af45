"""Configuration files as environments carry them: `KEY=value` lines."""

from io import StringIO

from dotenv import dotenv_values


def settings(text: str) -> dict[str, str]:
    """Return the keys that have a value; commented and empty ones are unset."""
    return {
        key: value for key, value in dotenv_values(stream=StringIO(text), interpolate=False).items() if value
    }
