"""Hypothesis tries the same examples in every run, so that a red run stays red and a green one green.

Who looks for new ones says so: `pytest tests --hypothesis-profile=default`. What that finds becomes an example.
"""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
