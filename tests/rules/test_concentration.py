"""No cluster bears more of all covers than the venue lets it; equal fits."""

from decimal import Decimal

import pytest

from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.concentration import Insured, parts_of_all, require_spread
from tests.refusing import refused


def insured(limit: str, **parts: int) -> Insured:
    return Insured(Decimal(limit), parts)


def test_covers_weigh_by_their_limits() -> None:
    """Of 3,000: 1,000 x 0.7 + 2,000 x 0.1 = 900."""
    assert parts_of_all([insured("1000", a=7000, b=3000), insured("2000", a=1000, c=9000)]) == {
        "a": 3000,
        "b": 1000,
        "c": 6000,
    }


def test_what_is_no_whole_part_is_rounded_up() -> None:
    assert parts_of_all([insured("3", a=10_000), insured("4", b=10_000)]) == {"a": 4286, "b": 5715}


def test_at_the_bound_it_fits_and_a_part_beyond_does_not() -> None:
    own, others = insured("1000", a=6000, b=4000), [insured("1000", c=10_000)]
    require_spread(own, others, 3000)
    require_spread(own, others, None)
    with refused(AccountRefusal.COVER_CONCENTRATED, match="3000 of 10000 parts of all covers, and may have 2999"):
        require_spread(own, others, 2999)


@pytest.mark.parametrize("most", [1, 9999])
def test_who_does_not_insure_it_keeps_nobody_from_insuring(most) -> None:
    require_spread(insured("1", b=1), [insured("10000", a=10_000)], most)
