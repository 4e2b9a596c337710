"""Bids, replays, cancels, halts, drift, takes, settlements and deaths of workers, in every order that chance finds.

HYPOTHESIS_PROFILE=deep searches far longer; `make test-faults` does.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Market

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_the_market_does_as_the_model_says_and_ends() -> None:
    searching = settings(
        max_examples=500 if DEEP else int(os.environ.get("EX", "10")),
        stateful_step_count=60 if DEEP else 30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=PHASES,
    )
    run_state_machine_as_test(Market, settings=searching)
