"""How many examples Hypothesis tries: enough on every push, more where somebody asks for them.

HYPOTHESIS_EXAMPLES=1000 pytest tests/model
"""

import os

from hypothesis import settings

settings.register_profile(
    "push", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "50")), deadline=None
)
settings.load_profile("push")
