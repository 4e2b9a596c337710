"""What the words of the ground floor mean in the API: properties, parameters, enumerations, and the tags of addresses.

One word has one meaning, with its unit and an example, wherever it stands; where it means something else, it is named
with what it stands in (`BalanceOutput.held`). What a serializer says in a `help_text` goes before the plain word.
"""

from typing import Any, NamedTuple


class Word(NamedTuple):
    """What a property or parameter means. What is no scalar has no `example`: its members have."""

    meaning: str
    example: Any = None


A_TIME = "2026-03-02T09:30:00Z"
A_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
AN_INSTRUMENT = "BTC-PERP"

TAGS = {
    "limits": ("Keys", ""),
    "instruments": ("Instruments", "What a venue trades, and the terms that hold of it."),
    "marks": ("Marks", "Reference prices: every basis point is of notional at these."),
    "time": ("Public", "What anybody may read, without a key."),
    "signing_key": ("Public", ""),
    "openapi.json": ("Public", ""),
    "problems": ("Public", ""),
    "stream": ("Stream", "What happens, told as it happens: see docs/stream.md."),
}

WORDS = {
    "LimitsOfKeyOutput": Word("How often a key may ask, and what each address costs."),
    "BucketOutput": Word("A bucket of tokens of the key's own."),
    "CostOutput": Word(
        "A request takes `cost` tokens of `bucket`. With an Idempotency-Key it takes one more, of `answers` or, where "
        "it takes something back, of `answers_of_cancels`. Bids by one call take `cost` for each auction."
    ),
    "buckets": Word("The buckets that the key has."),
    "costs": Word("What each address takes of which bucket."),
    "bucket": Word("Which bucket.", "bids"),
    "BucketOutput.most": Word("How many tokens there are at once.", 1000),
    "per_second": Word("How many come back in a second.", 100.0),
    "BucketOutput.left": Word("Whole tokens that may be spent now, this request counted.", 999),
    "CostOutput.cost": Word("How many tokens.", 1),
    "method": Word("The method of HTTP.", "POST"),
    "CostOutput.path": Word("The address.", "/v1/bids"),
    "process_before": Word(
        "In UTC, by the clock of `/v1/time`: what is not carried out before this time is not carried out at all, and "
        "answered `process_before_over`. An answer of before, to the same Idempotency-Key, is given again.",
        A_TIME,
    ),
    "dry_run": Word(
        "With `true` the answer is what would happen now, refusals included, and nothing is written: no row, no event, "
        "no answer for the Idempotency-Key, and no receipt.",
        True,
    ),
    "If-Match": Word(
        "The `ETag` of what you saw, or several separated by commas: where it is another by now, nothing is written.",
        '"0a1b2c3d4e5f60718293a4b5c6d7e8f9"',
    ),
    "CommitmentOutput.version": Word(
        "Another whenever what is shown is another: for `If-Match`, in quotes.", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    ),
    # whole answers and bodies
    "TimeOutput": Word("What time it is for whoever waits for a deadline."),
    "SigningKeyOutput": Word("What receipts and transcripts are verified with."),
    "InstrumentTermsOutput": Word("What was set of an instrument, from an instant on."),
    "InstrumentTermsInput": Word("What is to hold of an instrument; what is left out stays."),
    "VenueTermsOutput": Word("What was set of the venue, from an instant on."),
    "VenueTermsInput": Word("What is to hold of the venue; what is left out stays."),
    "Quote": Word("What one source says of one instrument."),
    "Quotes": Word("Prices of instruments, by source: all are taken, or none."),
    "MarksTaken": Word("How many marks were set."),
    "MarkByHandInput": Word("A price, and why it is set by hand."),
    "MarkByHandOutput": Word("A price that was set by hand."),
    "ReferenceOutput": Word("What the sources of an instrument say together."),
    "SourceOutput": Word("What one source said last."),
    "id": Word("The id of this row: it never changes.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0a01"),
    "created_at": Word("When this came to be, in UTC by the venue's clock.", A_TIME),
    "data": Word("The rows of this page, in the order of the list."),
    "PlacedBidsOutput.data": Word("What became of each item, in the order in which they were sent."),
    "next_cursor": Word(
        "What the next page is asked for with, as `cursor`; null on the last page.", "cD0yMDI2LTAzLTAy"
    ),
    "query.limit": Word("How many rows a page has at most.", 50),
    "cursor": Word("As the page before said in `next_cursor`.", "cD0yMDI2LTAzLTAy"),
    "since": Word("From this time on, itself included, in UTC.", A_TIME),
    "until": Word("Before this time, itself not included, in UTC.", A_TIME),
    "Idempotency-Key": Word(
        "1 to 200 printable ASCII characters, no blanks. The same key with the same content gets the first answer "
        "again, for seven days; with other content it is refused.",
        "deposit-2026-03-02-1",
    ),
    "Backstop-Read-Token": Word(
        "What your own writes were answered with, several separated by commas: the answer shows these writes. Without "
        "it, it may be of up to ten seconds ago.",
        "BgAAAAA.c2lnbmVk",
    ),
    "header.Last-Event-ID": Word(
        "The id of the last event that you have: the stream goes on after it, without loss and without repeating any. "
        "Without it, it begins now.",
        "0" * 32,
    ),
    "Problem.type": Word(
        "The address of what the code means, as a relative reference.", "/v1/problems/auction_not_open"
    ),
    "Problem.title": Word("The name of the HTTP status.", "Conflict"),
    "Problem.status": Word("The HTTP status of the answer.", 409),
    "Problem.detail": Word("What was wrong, in a sentence. For people: it may change.", "there is no such auction"),
    "Problem.errors": Word("Each fault in what was sent, at most 50. Empty where nothing in it is at fault."),
    "code": Word("What is wrong. It is stable: programs may rely on it.", "auction_not_open"),
    "message": Word("The same for people; it may change.", "must be at least 1"),
    "pointer": Word(
        "A JSON pointer (RFC 6901) into the body, or `/` and the name of a query parameter; empty for the whole.",
        "/bids/0/units",
    ),
    "request_id": Word(
        "The id of the request, as in the header `X-Request-ID`: tell it when you ask about it.",
        "0197f2c4-5a10-7d31-9c61-2f6f3c1e0aff",
    ),
    "ProblemOutput.code": Word("The code itself.", "auction_not_open"),
    "ProblemOutput.status": Word("The HTTP status that it comes with, where it is the problem's own code.", 409),
    "ProblemOutput.title": Word("The name of that status.", "Conflict"),
    "ProblemOutput.detail": Word("What it means, where nothing more specific is said.", "the auction is not open"),
    "ProblemOutput.type": Word("This address.", "/v1/problems/auction_not_open"),
    "path.code": Word("A problem's `code`, or that of one of its `errors`.", "auction_not_open"),
    "now": Word("What time it is, in UTC by the database's clock: deadlines go by it.", "2026-03-02T09:30:00.123456Z"),
    "algorithm": Word("How receipts and transcripts are signed."),
    "AlgorithmEnum": Word("Ed25519, of RFC 8032."),
    "public_key": Word("The Ed25519 key that the signature is verified with, in 64 hexadecimal digits.", A_DIGEST),
    "instrument": Word("The symbol of the instrument.", AN_INSTRUMENT),
    "instrument_id": Word("The id of the instrument.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0a02"),
    "symbol": Word("The venue's name for the instrument.", AN_INSTRUMENT),
    "InstrumentOutput.kind": Word("What kind of contract it is."),
    "InstrumentOutputKindEnum": Word(
        "SPOT: an asset itself, long only. LINEAR: a future or perpetual settled in cash."
    ),
    "product_group": Word("The code of the product group; null: none, or all of the venue.", "CRYPTO"),
    "quantity_step": Word("Quantities are multiples of this, in contracts.", "0.001"),
    "margin_rate": Word("The margin that a position needs, as a fraction of notional.", "0.1"),
    "settlement_asset": Word("The code of the asset that it is settled in.", "USD"),
    "is_listed": Word("Whether books are received with it.", True),
    "asset": Word("The code of the asset that amounts are in.", "USD"),
    "price": Word("A price of one contract in the settlement asset, above zero.", "60000"),
    "source": Word("Who says the price: a venue may have several. `hand:` begins those of persons.", "engine"),
    "sources": Word("What each source said last, and whether it counts."),
    "standing": Word("Whether the source counts for the reference."),
    "MarkStanding": Word("USED counts; STALE is too old; OUTLIER is too far from the median."),
    "marked_at": Word("When the price was right, in UTC; not in the future.", A_TIME),
    "age_seconds": Word("How old it is, in seconds.", 2),
    "deviation_bps": Word("How far from the median of all fresh sources, in basis points.", "1.5"),
    "jumped_to": Word("A price too far from the one last used; null for none.", "52000"),
    "min_sources": Word("How many sources a price needs.", 1),
    "taken": Word("How many marks were set.", 2),
    "Quotes.marks": Word("Up to 1,000 prices, all taken or none."),
    "effective_at": Word("From when on it holds, in UTC.", A_TIME),
    "terms_id": Word("The id of what was set.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0a03"),
    "notice_seconds": Word("How long before it takes effect a worse commitment has to be announced.", 3600),
    "exposure_max_age_seconds": Word("How long what the venue reports of a provider's exposure counts.", 86400),
    "default_confirm_seconds": Word("Within which time a default is confirmed, in seconds.", 3600),
    "default_book_seconds": Word("Within which time after that its book comes, in seconds.", 86400),
    "reason": Word("Why, in words: it is kept, and whom it concerns can read it.", "as agreed with the desk"),
    "NullEnum": Word("Nothing was said."),
    "BlankEnum": Word("It does not apply here."),
}
