"""Reports of one market at once."""

import pytest

from auctions.models import MarketRegime
from tests import builders as build
from tests import market
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_reports_of_now_are_all_taken_in_some_order():
    venue = market.a_market()
    market.a_playbook(venue)

    def report():
        return [build.conditions(venue).reported_at for _ in range(10)]

    said = together(*[report] * 4)
    assert not [each for each in said if isinstance(each, Exception)], said
    assert MarketRegime.objects.get().reported_at == max(max(each) for each in said)
    market.clean()
