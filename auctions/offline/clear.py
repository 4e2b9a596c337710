"""What an auction decides for given terms and bids, as a document is answered by one."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from accounts.rules.clusters import Clusters, clusters
from auctions.offline.calculator import Answer, Calculation, Table
from auctions.offline.inputs import Fields, InputRefused, Node
from auctions.rules.clearing import (
    ClearingBid,
    ClearingRefused,
    ClearingTerms,
    Format,
    Outcome,
    PriceRule,
    Rationing,
    clear,
    provable,
)
from backstop.values.amounts import to_text

TERMS_REQUIRED = {"format", "units", "bids"}
TERMS_OPTIONAL = {
    "price_rule",
    "reserve_edge_bps",
    "min_bidders",
    "rationing",
    "first_rejected_cap_bps",
    "continuation_edge_bps",
    "related",
}
BID_REQUIRED = {"id", "provider", "units", "edge_bps"}
BID_OPTIONAL = {"group", "tier", "sequence", "all_or_none", "min_units"}

SUMMARY = ("result", "clearing_edge_bps", "unfilled_units", "optimal", "gap")
ALL_FORMATS = (
    (Format.PAY_AS_BID, PriceRule.LAST_ACCEPTED),
    (Format.UNIFORM, PriceRule.LAST_ACCEPTED),
    (Format.UNIFORM, PriceRule.FIRST_REJECTED),
    (Format.VICKREY, PriceRule.LAST_ACCEPTED),
)


def calculate(document: Node, *, compare: bool = False) -> Calculation:
    """The outcome of the document's terms and bids; `compare`: of every format side by side. Raises `InputRefused`."""
    fields = document.fields(TERMS_REQUIRED, TERMS_OPTIONAL)
    terms = read_terms(fields)
    related: Clusters[str] = fields.get_or("related", read_related, Clusters({}))
    asked = [read_bid(node, place) for place, node in enumerate(fields["bids"].items(), 1)]
    bids = [replace(bid, group=related.of(bid.group)) for bid in asked]
    if compare:
        return compared(terms, bids)
    try:
        outcome = clear(terms, provable(bids, terms.format, terms.units, terms.reserve_edge_bps))
    except ClearingRefused as refused:
        raise InputRefused(refused.pointer, refused.problem) from None
    return as_json(outcome), as_tables(outcome)


def read_terms(fields: Fields) -> ClearingTerms:
    """The terms among the fields of a document; a field that is absent or null means its default."""
    return ClearingTerms(
        format=fields["format"].choice(Format),
        units=fields["units"].whole(),
        reserve_edge_bps=fields.get_or("reserve_edge_bps", Node.decimal, None),
        price_rule=fields.get_or("price_rule", lambda node: node.choice(PriceRule), PriceRule.LAST_ACCEPTED),
        rationing=fields.get_or("rationing", lambda node: node.choice(Rationing), Rationing.PRO_RATA),
        min_bidders=fields.get_or("min_bidders", Node.whole, 1),
        first_rejected_cap_bps=fields.get_or("first_rejected_cap_bps", Node.decimal, None),
        continuation_edge_bps=fields.get_or("continuation_edge_bps", Node.decimal, None),
    )


def read_related(node: Node) -> Clusters[str]:
    """Pairs of groups that are related: all that these join counts as one."""
    pairs = []
    for pair in node.items():
        names = [name.text() for name in pair.items()]
        if len(names) != 2:
            raise pair.refuse("must be two groups")
        pairs.append((names[0], names[1]))
    return clusters(pairs)


def read_bid(node: Node, position: int) -> ClearingBid:
    """One bid; its sequence is its position (from 1) and its group its provider unless it says otherwise."""
    fields = node.fields(BID_REQUIRED, BID_OPTIONAL)
    provider = fields["provider"].text()
    return ClearingBid(
        id=fields["id"].text(),
        provider=provider,
        group=fields.get_or("group", Node.text, provider),
        units=fields["units"].whole(),
        edge_bps=fields["edge_bps"].decimal(),
        sequence=fields.get_or("sequence", Node.whole, position),
        tier=fields.get_or("tier", Node.whole, 1),
        all_or_none=fields.get_or("all_or_none", Node.flag, False),
        min_units=fields.get_or("min_units", Node.whole, 1),
    )


def as_json(outcome: Outcome) -> Answer:
    """An outcome as the calculator writes it: amounts as plain decimal strings. Where units were cut back it says which
    and what filling would have paid."""
    cut = {"cut": dict(outcome.cut), "filling_edge_bps": text_or_none(outcome.filling_edge_bps)}
    return {
        "result": outcome.result,
        "clearing_edge_bps": text_or_none(outcome.clearing_edge_bps),
        "unfilled_units": outcome.unfilled_units,
        "optimal": outcome.optimal,
        "gap": text_or_none(outcome.gap),
        "awards": [
            {"bid": award.bid, "provider": award.provider, "units": award.units, "edge_bps": to_text(award.edge_bps)}
            for award in outcome.awards
        ],
        "payments": {provider: to_text(amount) for provider, amount in outcome.payments.items()},
        **(cut if outcome.cut else {}),
    }


def as_tables(outcome: Outcome) -> list[Table]:
    """An outcome for the eye: the summary, the awards, the payments."""
    tables: list[Table] = [[*summary(outcome).items()]]
    if outcome.awards:
        awards = [(award.bid, award.provider, str(award.units), to_text(award.edge_bps)) for award in outcome.awards]
        payments = [(provider, to_text(amount)) for provider, amount in outcome.payments.items()]
        tables += [[("bid", "provider", "units", "edge_bps"), *awards], [("provider", "payment"), *payments]]
    return tables


def summary(outcome: Outcome) -> dict[str, str]:
    """What holds of an outcome as a whole, by name."""
    answer = as_json(outcome)
    return {name: "-" if answer[name] is None else str(answer[name]) for name in SUMMARY}


def compared(terms: ClearingTerms, bids: Sequence[ClearingBid]) -> Calculation:
    """Every format for the same bids: `{"outcomes": [{"format", "price_rule", ...outcome} or {..., "refused"}]}`."""
    outcomes: list[Answer] = []
    providers = sorted({bid.provider for bid in bids})
    names = [*(f"bid {bid.id}" for bid in bids), *(f"payment {provider}" for provider in providers)]
    columns: list[list[str]] = [["", *SUMMARY, *names]]
    for auction_format, price_rule in ALL_FORMATS:
        rule = price_rule if auction_format is Format.UNIFORM else None
        heading = f"{auction_format} {rule}" if rule else str(auction_format)
        try:
            let_in = provable(bids, auction_format, terms.units, terms.reserve_edge_bps)
            outcome = clear(replace(terms, format=auction_format, price_rule=price_rule), let_in)
        except ClearingRefused as refused:
            if auction_format is Format.PAY_AS_BID:  # refuses only what every format refuses
                raise InputRefused(refused.pointer, refused.problem) from None
            outcomes.append({"format": auction_format, "price_rule": rule, "refused": str(refused)})
            columns.append([heading, "REFUSED"] + ["-"] * (len(columns[0]) - 2))
        else:
            outcomes.append({"format": auction_format, "price_rule": rule} | as_json(outcome))
            columns.append([heading, *column(outcome, bids, providers)])
    return {"outcomes": outcomes}, [[*zip(*columns, strict=True)]]


def column(outcome: Outcome, bids: Sequence[ClearingBid], providers: Sequence[str]) -> list[str]:
    """One format's column: the summary, what each bid gets (units @ edge), what each provider is paid."""
    awards = {award.bid: f"{award.units} @ {to_text(award.edge_bps)}" for award in outcome.awards}
    payments = {provider: to_text(amount) for provider, amount in outcome.payments.items()}
    return [
        *summary(outcome).values(),
        *(awards.get(bid.id, "-") for bid in bids),
        *(payments.get(provider, "-") for provider in providers),
    ]


def text_or_none(amount: Decimal | None) -> str | None:
    """The plain decimal string, or None for None."""
    return None if amount is None else to_text(amount)
