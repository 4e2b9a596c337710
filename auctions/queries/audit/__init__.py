"""What the audit asks: each check is one statement that answers what differs, in words.

Plain SQL that shares nothing with the code that it checks. `%(venue)s` is the venue looked at, or NULL for all.
"""

from auctions.queries.audit import (
    allocations,
    assessments,
    auctions,
    books,
    covers,
    cures,
    funds,
    ledger,
    losses,
    own_edges,
    providers,
    regimes,
    repos,
    service,
    vaults,
)

_MONEY = (ledger, funds, losses, allocations, assessments, covers, own_edges, cures, repos, vaults)
_TRADE = (books, auctions, regimes, providers, service)

CHECKS: dict[str, str] = {name: check for topic in (*_MONEY, *_TRADE) for name, check in topic.CHECKS.items()}
