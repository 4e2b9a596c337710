"""Bids, cancels, halts, drift, amendments, breakers, takes, settlements and deaths of workers, in any order; and what
was published of them says by itself what came of it.

The short form takes the same histories each time. HYPOTHESIS_PROFILE=deep searches far longer and elsewhere each time,
as `make test-faults` does.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Market

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
SEARCH = [Phase.explicit, Phase.reuse, Phase.generate]


@pytest.mark.django_db
def test_whatever_happens_the_market_does_as_the_model_says_and_time_alone_ends_it() -> None:
    searching = settings(
        max_examples=300 if DEEP else 6,
        stateful_step_count=50 if DEEP else 25,
        phases=[*SEARCH, Phase.shrink] if DEEP else SEARCH,
        derandomize=not DEEP,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Market, settings=searching)
