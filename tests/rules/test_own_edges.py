"""What edges paid to insurers' own clusters add to a payout, and who pays that, to the smallest amount."""

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.rules.sharing.covers import CoverTerms, by_insurer
from accounts.rules.sharing.own_edges import (
    added_by_edges,
    clusters_since,
    counted_edges,
    edges_of_insurers,
    of_event,
    owed_by_insurers,
)
from backstop.values.amounts import total
from tests.rules.test_covers import all_parts, amounts, terms

TERMS = CoverTerms(Decimal(0), Decimal(10_000), Decimal(1), Decimal("0.1"), scale=2)
HALVES = {"a": 5000, "b": 5000}


def owed(unl: int, paid: int | None = None, cover: CoverTerms = TERMS, **edges: int) -> dict[str, Decimal]:
    """By two insurers, half and half."""
    event = of_event(cover, Decimal(unl), {name: Decimal(amount) for name, amount in edges.items()})
    return event.owed(event.insured if paid is None else Decimal(paid), HALVES, 2)


class TestWhoPays:
    def test_what_edges_add_is_paid_by_whose_cluster_had_them(self) -> None:
        """The worked case: of 1,000 were 200 edges, so 900 are paid instead of 720."""
        assert added_by_edges(TERMS, Decimal(1000), [Decimal(200)]) == 180
        assert owed(1000, a=200) == {"a": 540, "b": 360}

    def test_both_pay_by_what_each_had(self) -> None:
        assert owed(1000, a=200, b=100) == {"a": 495, "b": 405}

    def test_above_the_limit_edges_add_nothing(self) -> None:
        assert owed(10_200, a=200) == {"a": 4500, "b": 4500}
        assert owed(10_100, a=200) == {"a": 4500, "b": 4500}, "90 are added, and A has reached its limit"

    def test_who_reached_its_limit_pays_no_more_and_the_others_do(self) -> None:
        assert owed(5000, a=5000) == {"a": 4500, "b": 0}, "exactly its limit"
        assert owed(6000, a=6000) == {"a": 4500, "b": 900}

    def test_who_had_a_small_edge_pays_no_more_than_its_part_above_anothers_limit(self) -> None:
        assert owed(5002, a=5000) == {"a": 4500, "b": Decimal("1.80")}
        assert owed(5002, a=5000, b=1) == {"a": 4500, "b": Decimal("1.80")}

    def test_above_a_limit_all_others_share_whoever_had_edges(self) -> None:
        parts = {"a": 2000, "b": 4000, "c": 4000}
        event = of_event(TERMS, Decimal(3001), {"a": Decimal(3000), "b": Decimal(1)})
        assert event.owed(event.insured, parts, 2) == {"a": 1800, "b": Decimal("450.90"), "c": 450}

    def test_what_is_paid_before_is_of_what_was_added_in_proportion(self) -> None:
        assert owed(1000, paid=450, a=200) == {"a": 270, "b": 180}
        assert owed(1000, paid=0, a=200) == {"a": 0, "b": 0}

    def test_insurers_of_one_cluster_share_its_edges_by_parts_and_each_edge_counts_once(self) -> None:
        parts = {"a": 2000, "b": 6000, "c": 2000}
        edges = {frozenset({"a", "b", "x"}): Decimal(100), frozenset({"b"}): Decimal(7), frozenset({"x"}): Decimal(5)}
        assert edges_of_insurers(edges, parts, 2) == {"a": 25, "b": 82}

    def test_edges_that_an_estate_paid_are_no_loss(self) -> None:
        edges = {frozenset({"a"}): Decimal(200), frozenset({"b"}): Decimal(100)}
        assert counted_edges(edges, Decimal(300), 2) == edges
        assert counted_edges(edges, Decimal(30), 2) == {frozenset({"a"}): 20, frozenset({"b"}): 10}
        assert counted_edges(edges, Decimal(0), 2) == {}
        assert counted_edges({}, Decimal(30), 2) == {}


@st.composite
def edges_among(draw: st.DrawFn, parts: dict[str, int], unl: Decimal) -> dict[str, Decimal]:
    """What is together at most the loss."""
    edges: dict[str, Decimal] = {}
    for name in draw(st.sets(st.sampled_from(sorted(parts)))):
        left = unl - total(edges.values())
        edges[name] = draw(st.decimals(0, left, places=2))
    return {name: amount for name, amount in edges.items() if amount}


class TestProperties:
    @given(terms, all_parts(), amounts, st.data())
    def test_all_is_paid_and_nobody_pays_above_its_limit(
        self, cover: CoverTerms, parts: dict[str, int], unl: Decimal, data: st.DataObject
    ) -> None:
        event = of_event(cover, unl, data.draw(edges_among(parts, unl)))
        paid = data.draw(st.decimals(0, event.insured, places=2))
        owed = event.owed(paid, parts, 2)
        assert total(owed.values()) == paid
        limits = by_insurer(event.most, parts, 2)
        assert all(0 <= owed[name] <= limits[name] for name in parts)

    @given(terms, all_parts(), amounts, amounts)
    def test_without_edges_all_is_as_before(
        self, cover: CoverTerms, parts: dict[str, int], unl: Decimal, before: Decimal
    ) -> None:
        event = of_event(cover, unl, {})
        paid = before + event.insured
        assert owed_by_insurers(paid, parts, 2, [(event.insured, event)]) == by_insurer(paid, parts, 2)

    @given(terms, all_parts(), amounts, amounts, st.data())
    def test_what_other_events_cost_is_shared_by_parts_and_all_is_paid(
        self, cover: CoverTerms, parts: dict[str, int], unl: Decimal, other: Decimal, data: st.DataObject
    ) -> None:
        event = of_event(cover, unl, data.draw(edges_among(parts, unl)))
        paid = event.insured + other
        assert total(owed_by_insurers(paid, parts, 2, [(event.insured, event)]).values()) == paid

    @given(terms, all_parts(), amounts, amounts, st.data())
    def test_a_later_book_gives_nobody_back_more_than_a_rounding(
        self, cover: CoverTerms, parts: dict[str, int], unl: Decimal, more: Decimal, data: st.DataObject
    ) -> None:
        """So the order of books changes no totals: what was paid stays below what is owed in the end."""
        first, second = data.draw(edges_among(parts, unl)), data.draw(edges_among(parts, more))
        both = {name: first.get(name, Decimal(0)) + second.get(name, Decimal(0)) for name in {**first, **second}}
        before, after = of_event(cover, unl, first), of_event(cover, unl + more, both)
        assume(before.insured)
        owed = before.owed(before.insured, parts, 2)
        then = after.owed(after.insured, parts, 2)
        assert all(owed[name] <= then[name] + Decimal("0.03") for name in parts)

    @given(terms, all_parts(), amounts, st.data())
    def test_an_edge_to_an_insurer_costs_the_others_nothing_below_its_limit(
        self, cover: CoverTerms, parts: dict[str, int], unl: Decimal, data: st.DataObject
    ) -> None:
        """Whoever bids high as an insurer does not have the others pay it: their part is that of the loss without."""
        edges = data.draw(edges_among(parts, unl))
        assume(len(edges) == 1)
        (who, _), event = next(iter(edges.items())), of_event(cover, unl, edges)
        owed, limits = event.owed(event.insured, parts, 2), by_insurer(event.most, parts, 2)
        if owed[who] < limits[who]:
            without = by_insurer(event.insured - event.added, parts, 2)
            assert all(owed[name] == without[name] for name in parts if name != who)


class TestClusters:
    def test_who_came_since_is_of_the_cluster_that_it_is_of_a_firm_with_and_who_moved_is_not(self) -> None:
        known, firms = [frozenset("ax"), frozenset("b")], [frozenset("amn"), frozenset("x"), frozenset("bo")]
        assert clusters_since(known, {"a", "b"}, firms, {"n"}) == [frozenset("axn"), frozenset("b")]

    def test_who_came_to_two_at_once_is_of_the_first(self) -> None:
        known, firms = [frozenset("a"), frozenset("b")], [frozenset("abn")]
        assert clusters_since(known, {"a", "b"}, firms, {"n"}) == [frozenset("an"), frozenset("b")]

    def test_of_an_insurer_that_was_not_known_all_of_its_firm_counts_that_is_of_no_other(self) -> None:
        known, firms = [frozenset("ax"), frozenset("z")], [frozenset("a"), frozenset("bxy")]
        assert clusters_since(known, {"a", "b"}, firms, ()) == [frozenset("ax"), frozenset("by")]
