"""Hypothesis tries the same examples in every run, so that a red run stays red and a green one green.

`pytest tests --hypothesis-profile=default` looks for new ones; what that finds becomes an example.
"""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
