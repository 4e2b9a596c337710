"""How long the rules' random tests search. The short form takes the same cases each time; HYPOTHESIS_PROFILE=deep
tries fifty times as many, others each time."""

import os

from hypothesis import settings

settings.register_profile("rules", max_examples=100, derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "rules"))
