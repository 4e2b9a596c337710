"""What the audit asks: each check is one statement that answers what differs, in words.

Plain SQL that shares nothing with the code that it checks. `%(venue)s` is the venue looked at, or NULL for all.
"""

from auctions.queries.audit import (
    assessments,
    auctions,
    books,
    covers,
    cures,
    funds,
    ledger,
    losses,
    providers,
    service,
    vaults,
)

CHECKS: dict[str, str] = {
    name: check
    for topic in (ledger, books, auctions, funds, losses, assessments, covers, cures, providers, service, vaults)
    for name, check in topic.CHECKS.items()
}
