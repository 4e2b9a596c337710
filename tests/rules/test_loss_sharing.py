"""Who pays a loss: every layer up to its limits, equality included, and members by weight within what they have."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.sharing.losses import Allocation, Layer, LayerMember, allocate
from backstop.values.amounts import ZERO, to_text, total
from backstop.values.splitting import split_within

amounts = st.decimals(0, 300, places=2)
members = st.lists(st.tuples(st.integers(0, 4), amounts), max_size=4).map(
    lambda drawn: tuple(LayerMember(f"m{at}", Decimal(weight), has) for at, (weight, has) in enumerate(drawn))
)


@st.composite
def plans(draw: st.DrawFn) -> list[Layer[str]]:
    return [
        Layer(
            id=f"rank {rank}",
            available=draw(amounts),
            per_event=draw(st.none() | amounts),
            used=draw(amounts),
            per_24h=draw(st.none() | amounts),
            used_24h=draw(amounts),
            members=draw(members),
        )
        for rank in range(draw(st.integers(0, 4)))
    ]


def layer(available: str | int | None = 1000, **other: object) -> Layer[str]:
    return Layer("one", None if available is None else Decimal(available), **other)  # type: ignore[arg-type]


def paid(loss: str | int, *layers: Layer[str]) -> list[str]:
    allocation = allocate(Decimal(loss), layers, 2)
    return [to_text(amount) for amount in (*(payment.amount for payment in allocation.paid), allocation.unallocated)]


def contribution(who: str, has: int, weight: int | None = None) -> LayerMember[str]:
    return LayerMember(who, Decimal(has if weight is None else weight), Decimal(has))


def after(layers: list[Layer[str]], allocation: Allocation[str]) -> list[Layer[str]]:
    """The layers once that is paid."""
    paid_by = {payment.layer: payment for payment in allocation.paid}
    return [
        replace(
            one,
            available=one.available - paid_by[one.id].amount,  # type: ignore[operator]
            used=one.used + paid_by[one.id].amount,
            used_24h=one.used_24h + paid_by[one.id].amount,
            members=tuple(replace(m, available=m.available - paid_by[one.id].members[m.id]) for m in one.members),
        )
        for one in layers
    ]


class TestLayers:
    @pytest.mark.parametrize(
        ("limits", "loss", "pays"),
        [
            ({"per_event": Decimal(10)}, "10", "10"),
            ({"per_event": Decimal(10)}, "10.01", "10"),
            ({"per_event": Decimal(10), "used": Decimal(4)}, "8", "6"),
            ({"per_event": Decimal(10), "used": Decimal(10)}, "8", "0"),
            ({"per_event": Decimal(10), "used": Decimal(11)}, "8", "0"),
            ({"per_24h": Decimal(10), "used_24h": Decimal("9.99")}, "8", "0.01"),
            ({"per_event": Decimal(5), "per_24h": Decimal(3)}, "8", "3"),
        ],
    )
    def test_a_layer_pays_up_to_its_limits_and_what_is_used_counts(
        self, limits: dict[str, Decimal], loss: str, pays: str
    ) -> None:
        amount, unallocated = paid(loss, layer(**limits))
        assert Decimal(amount) == Decimal(pays)
        assert Decimal(amount) + Decimal(unallocated) == Decimal(loss)

    def test_of_a_limit_what_is_finer_than_the_asset_is_not_paid_by_a_layer_nor_by_its_members(self) -> None:
        fine = {"per_event": Decimal("10.005")}
        assert paid(30, layer(**fine), layer(None, **fine, members=(contribution("A", 90),))) == ["10", "10", "10"]

    def test_the_next_layer_pays_what_the_one_before_does_not(self) -> None:
        assert paid(150, layer(100), layer(0), layer(30)) == ["100", "0", "30", "20"]

    def test_who_did_not_bid_pays_before_who_bid_poorly_and_who_bid_well_pays_last(self) -> None:
        """Juniorisation: contributions of 100 each; after estate and tranches 150 are left."""
        layers = [Layer(who, None, members=(contribution(who, 100),)) for who in ("Alice", "Bob", "Charlie")]
        allocation = allocate(Decimal(150), layers, 2)
        assert {who: amount for payment in allocation.paid for who, amount in payment.members.items()} == {
            "Alice": 100,
            "Bob": 50,
            "Charlie": 0,
        }

    def test_the_clearing_houses_own_goes_before_its_members_fund(self) -> None:
        """Nasdaq Clearing, September 2018: a loss of 114 million euros, 107 of them out of the members' fund of 166.
        That 7 were its own is derived."""
        assert paid(114, layer(7), layer(166)) == ["7", "107", "0"]

    def test_a_tranche_that_is_refilled_pays_anew(self) -> None:
        """A first tranche of 50 between losses of 80 and 10, refilled to 100 in between."""
        assert paid(80, layer(50)) == ["50", "30"]
        assert paid(10, layer(100)) == ["10", "0"]

    def test_its_members_pay_by_weight_and_ties_go_by_id(self) -> None:
        shared = layer(
            None, members=(contribution("Bob", 90, 1), contribution("Alice", 90, 1), contribution("Zoe", 90, 1))
        )
        (payment,) = allocate(Decimal("0.05"), [shared], 2).paid
        assert payment.members == {"Alice": Decimal("0.02"), "Bob": Decimal("0.02"), "Zoe": Decimal("0.01")}

    def test_what_a_member_lacks_the_others_share_by_weight(self) -> None:
        shared = layer(None, members=(contribution("A", 10, 2), contribution("B", 90, 1), contribution("C", 90, 3)))
        (payment,) = allocate(Decimal(90), [shared], 2).paid
        assert payment.members == {"A": 10, "B": 20, "C": 60}

    def test_who_has_no_weight_pays_nothing_even_where_the_others_lack(self) -> None:
        assert paid(30, layer(100, members=(contribution("A", 20, 0), contribution("B", 20, 1)))) == ["20", "10"]


class TestProperties:
    @given(amounts, plans())
    def test_what_is_paid_and_what_is_not_is_the_loss_and_nobody_pays_more_than_it_may(
        self, loss: Decimal, layers: list[Layer[str]]
    ) -> None:
        allocation = allocate(loss, layers, 2)
        assert total([*(payment.amount for payment in allocation.paid), allocation.unallocated]) == loss
        for payment, one in zip(allocation.paid, layers, strict=True):
            assert 0 <= payment.amount <= one.most()
            if one.members:
                assert total(payment.members.values()) == payment.amount
            for member in one.members:
                assert 0 <= payment.members[member.id] <= member.available

    @given(amounts, amounts, plans())
    def test_how_a_loss_arises_changes_no_layers_total(
        self, first: Decimal, second: Decimal, layers: list[Layer[str]]
    ) -> None:
        at_once = allocate(first + second, layers, 2)
        one = allocate(first, layers, 2)
        other = allocate(second, after(layers, one), 2)
        assert [payment.amount for payment in at_once.paid] == [
            a.amount + b.amount for a, b in zip(one.paid, other.paid, strict=True)
        ]
        assert at_once.unallocated == one.unallocated + other.unallocated

    @given(amounts, plans())
    def test_a_larger_loss_makes_nobody_pay_less(self, loss: Decimal, layers: list[Layer[str]]) -> None:
        less, more = allocate(loss, layers, 2), allocate(loss + Decimal("0.01"), layers, 2)
        for one, other in zip(less.paid, more.paid, strict=True):
            assert 0 <= other.amount - one.amount <= Decimal("0.01")

    @given(st.integers(0, 500), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 200)), max_size=5))
    def test_a_part_below_its_limit_is_not_below_any_other_of_its_weight(
        self, units: int, those: list[tuple[int, int]]
    ) -> None:
        weights, limits = [weight for weight, _ in those], [limit for _, limit in those]
        parts = split_within(units, weights, limits)
        assert sum(parts) == min(units, sum(limit for weight, limit in those if weight))
        for weight, limit, part in zip(weights, limits, parts, strict=True):
            assert part <= limit
            if part < limit:
                assert all((b - 1) * weight <= (part + 1) * w for w, b in zip(weights, parts, strict=True))

    @given(plans())
    def test_no_loss_costs_nobody_anything(self, layers: list[Layer[str]]) -> None:
        allocation = allocate(ZERO, layers, 2)
        assert not allocation.unallocated
        assert not any(payment.amount for payment in allocation.paid)
