"""The person behind a run, an approval or a waiver, as the surroundings name them."""

import getpass
import os
from collections.abc import Mapping

# The variables in which the pipelines of GitHub and GitLab say who set them going.
ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")


def person(variables: Mapping[str, str] = os.environ) -> str:
    """Return who runs this: the actor of the pipeline, else the name of the login."""
    for name in ACTORS:
        if said := variables.get(name, "").strip():
            return said
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user of a container that no list of users knows
        return f"uid {os.getuid()}"
