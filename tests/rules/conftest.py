"""How long the rules' random tests search: HYPOTHESIS_PROFILE=deep tries fifty times as many cases."""

import os

from hypothesis import settings

settings.register_profile("rules", max_examples=100, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "rules"))
