"""Where the profiles and journeys of the load lie, and which profile a run drives."""

from pathlib import Path

import pytest

from proveout.load.profile import Profile, load_profile

MOST_WORKERS = 64


def folder(config: pytest.Config) -> Path:
    """Return the folder of everything that loads a target."""
    return Path(config.rootpath / config.getini("proveout_load"))


def journeys(config: pytest.Config) -> Path:
    """Return the folder of the classes of users."""
    return folder(config) / "journeys"


def file_of(config: pytest.Config, name: str) -> Path:
    """Return the file of a profile, which may be missing."""
    return folder(config) / "profiles" / f"{name}.toml"


def profile(config: pytest.Config, name: str) -> Profile:
    """Return the profile of that name.

    Raises:
        UserError: there is none, or it has mistakes.
    """
    return load_profile(folder(config) / "profiles", name)
