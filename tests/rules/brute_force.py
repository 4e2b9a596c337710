"""A second clearing, written from the issue's text alone and sharing no code with the product: it tries everything.

Used by `test_against_brute_force`. Problems and answers have the shape of the calculator's JSON, with fractions instead
of decimals; only tiny problems end in reasonable time.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

Problem = dict[str, Any]
Bid = dict[str, Any]
Allocation = dict[str, int]


class Refused(Exception):
    """The format cannot clear these bids."""


def clear(problem: Problem) -> dict[str, Any]:
    """The outcome of a problem; raises `Refused`."""
    units, reserve = problem["units"], problem["reserve_edge_bps"]
    first_rejected = problem["format"] == "UNIFORM" and problem["price_rule"] == "FIRST_REJECTED"
    if first_rejected and any(smallest(bid) > 1 for bid in problem["bids"]):
        raise Refused
    bids = [b for b in problem["bids"] if (reserve is None or b["edge_bps"] <= reserve) and smallest(b) <= units]
    if not bids or len({bid["group"] for bid in bids}) < problem["min_bidders"]:
        return unfilled(units)
    chosen = best(bids, problem)
    if chosen is None:
        raise Refused
    shares = redistributed(chosen, bids, problem)
    if not shares:
        return unfilled(units)
    edge_of = {bid["id"]: bid["edge_bps"] for bid in bids}
    highest = max(edge_of[name] for name in shares)
    if problem["format"] == "UNIFORM":
        highest = uniform_price(shares, bids, problem) if first_rejected else highest
        edge_of = dict.fromkeys(edge_of, highest)
    provider_of = {bid["id"]: bid["provider"] for bid in bids}
    payments = {provider_of[name]: Fraction(0) for name in shares}
    for name, number in shares.items():
        payments[provider_of[name]] += number * edge_of[name]
    if problem["format"] == "VICKREY":
        payments = vickrey_payments(shares, bids, problem)
    return {
        "result": "AWARDED",
        "clearing_edge_bps": None if problem["format"] == "VICKREY" else highest,
        "unfilled_units": units - sum(shares.values()),
        "awards": {name: (number, edge_of[name]) for name, number in shares.items()},
        "payments": payments,
    }


def unfilled(units: int) -> dict[str, Any]:
    return {"result": "UNFILLED", "clearing_edge_bps": None, "unfilled_units": units, "awards": {}, "payments": {}}


def smallest(bid: Bid) -> int:
    return bid["units"] if bid["all_or_none"] else bid["min_units"]


def allocations(bids: list[Bid], units: int) -> Iterator[Allocation]:
    """Every way of selling at most `units`."""
    ranges = [[0, *range(smallest(bid), bid["units"] + 1)] for bid in bids]
    for numbers in product(*ranges):
        if sum(numbers) <= units:
            yield {bid["id"]: number for bid, number in zip(bids, numbers, strict=True)}


def declared_cost(allocation: Allocation, bids: list[Bid]) -> Fraction:
    return sum((allocation[bid["id"]] * bid["edge_bps"] for bid in bids), Fraction(0))


def total_cost(allocation: Allocation, bids: list[Bid], problem: Problem) -> Fraction:
    unsold = problem["units"] - sum(allocation.values())
    return declared_cost(allocation, bids) + unsold * (problem["reserve_edge_bps"] or 0)


def best(bids: list[Bid], problem: Problem) -> Allocation | None:
    """Most units, least cost, then what gives most to the first in order; for VICKREY least cost comes first."""
    in_order = sorted(bids, key=lambda bid: (bid["tier"], bid["sequence"]))

    def rank(allocation: Allocation) -> tuple[Any, ...]:
        sold = sum(allocation.values())
        in_favour = [-allocation[bid["id"]] for bid in in_order]
        if problem["format"] == "VICKREY" and problem["reserve_edge_bps"] is not None:
            return total_cost(allocation, bids, problem), -sold, in_favour
        return -sold, declared_cost(allocation, bids), in_favour

    chosen = min(allocations(bids, problem["units"]), key=rank)
    must_fill = problem["format"] == "VICKREY" and problem["reserve_edge_bps"] is None
    return None if must_fill and sum(chosen.values()) < problem["units"] else chosen


def vickrey_payments(shares: Allocation, bids: list[Bid], problem: Problem) -> dict[str, Fraction]:
    """Each group's externality: to each of its providers what it asked, and of the rest, counted in steps of a
    ten-thousandth, its part by how far it is below the reserve (without one by units), largest remainders first."""
    served = [bid for bid in sorted(bids, key=lambda bid: bid["sequence"]) if shares.get(bid["id"])]
    reserve = problem["reserve_edge_bps"]
    room_of = {bid["id"]: 1 if reserve is None else reserve - bid["edge_bps"] for bid in bids}
    payments = {}
    for group in dict.fromkeys(bid["group"] for bid in served):
        mine = [bid for bid in served if bid["group"] == group]
        firms = list(dict.fromkeys(bid["provider"] for bid in mine))
        asked = {firm: sum(shares[b["id"]] * b["edge_bps"] for b in mine if b["provider"] == firm) for firm in firms}
        room = {firm: sum(shares[b["id"]] * room_of[b["id"]] for b in mine if b["provider"] == firm) for firm in firms}
        steps = (externality(group, shares, bids, problem) - sum(asked.values())) * 10_000
        exact = [steps * room[firm] / sum(room.values()) if steps else Fraction(0) for firm in firms]
        parts = [share.__floor__() for share in exact]
        for place in sorted(range(len(firms)), key=lambda n: (parts[n] - exact[n], n))[: int(steps) - sum(parts)]:
            parts[place] += 1
        payments.update({firm: asked[firm] + Fraction(part, 10_000) for firm, part in zip(firms, parts, strict=True)})
    return payments


def externality(group: str, shares: Allocation, bids: list[Bid], problem: Problem) -> Fraction:
    """cost(without it) - cost of the others (with it)."""
    others = [bid for bid in bids if bid["group"] != group]
    without = best(others, problem)
    if without is None:
        raise Refused
    with_him = {bid["id"]: shares.get(bid["id"], 0) for bid in bids}
    own = sum(with_him[bid["id"]] * bid["edge_bps"] for bid in bids if bid["group"] == group)
    return total_cost(without, others, problem) - (total_cost(with_him, bids, problem) - own)


def uniform_price(shares: Allocation, bids: list[Bid], problem: Problem) -> Fraction:
    """The edge of the first unit not sold, when all units on offer are laid out by edge."""
    offered = sorted(edge for bid in bids for edge in [bid["edge_bps"]] * bid["units"])
    sold = sum(shares.values())
    last_accepted = offered[sold - 1]
    price = offered[sold] if len(offered) > sold else last_accepted
    cap = problem.get("first_rejected_cap_bps")
    return price if cap is None else min(price, last_accepted + cap)


def redistributed(chosen: Allocation, bids: list[Bid], problem: Problem) -> Allocation:
    """What each edge sells in `chosen`, rationed again among those bids of that edge that are not all or none."""
    shares: Allocation = {}
    for edge in {bid["edge_bps"] for bid in bids}:
        blocks = [bid for bid in bids if bid["edge_bps"] == edge and smallest(bid) == bid["units"] > 1]
        shares |= {bid["id"]: chosen[bid["id"]] for bid in blocks}
        level = [bid for bid in bids if bid["edge_bps"] == edge and bid not in blocks]
        number = sum(chosen[bid["id"]] for bid in level)
        shares |= rationed(level, number, problem) or {bid["id"]: chosen[bid["id"]] for bid in level}
    return {name: number for name, number in shares.items() if number}


def rationed(level: list[Bid], number: int, problem: Problem) -> Allocation | None:
    """Shares that every bid accepts, after dropping those too small; None where none of these can be dropped."""
    shares = served(level, number, problem)
    short = [bid for bid in level if 0 < shares[bid["id"]] < smallest(bid)]
    if not short:
        return shares
    short.sort(key=lambda bid: (bid["tier"], bid["sequence"]))
    for first_dropped in range(len(short)):
        rest = [bid for bid in level if bid not in short[first_dropped:]]
        if any(sum(allocation.values()) == number for allocation in allocations(rest, number)):
            return rationed(rest, number, problem)
    return None


def served(level: list[Bid], number: int, problem: Problem) -> Allocation:
    """Better tiers first; in the tier that cannot be served in full by sequence, or groups pro rata."""
    shares = {bid["id"]: 0 for bid in level}
    for tier in sorted({bid["tier"] for bid in level}):
        members = sorted((bid for bid in level if bid["tier"] == tier), key=lambda bid: bid["sequence"])
        wanted = sum(bid["units"] for bid in members)
        if wanted <= number or problem["rationing"] == "SEQUENCE":
            queues, parts = [members], [min(wanted, number)]
        else:
            groups = dict.fromkeys(bid["group"] for bid in members)
            queues = [[bid for bid in members if bid["group"] == group] for group in groups]
            parts = pro_rata(number, queues, problem["units"])
        for queue, part in zip(queues, parts, strict=True):
            for bid in queue:
                shares[bid["id"]] = min(part, bid["units"])
                part -= shares[bid["id"]]
        number -= sum(parts)
    return shares


def pro_rata(number: int, queues: list[list[Bid]], lot: int) -> list[int]:
    """Largest remainder over the totals of the queues, each capped at the lot; of equal remainders the earlier."""
    totals = [min(lot, sum(bid["units"] for bid in queue)) for queue in queues]
    quotas = [Fraction(number * total, sum(totals)) for total in totals]
    parts = [int(quota) for quota in quotas]
    while sum(parts) < number:
        furthest = max(range(len(parts)), key=lambda place: (quotas[place] - parts[place], -place))
        parts[furthest] += 1
    return parts
