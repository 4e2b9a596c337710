"""What races may ask for."""

import pytest

from tests import market


@pytest.fixture
def venue():
    return market.a_market(fund="1000000")
