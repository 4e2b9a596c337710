"""The audit: every running total, hold, use and cap is computed again from the rows underneath it.

On one snapshot of the database, so that it can run beside a working market.
"""

from uuid import UUID

from django.db import connection

from accounts.queries import list_contract_faults
from auctions.desks.obligations import list_misjudged
from auctions.queries.audit import CHECKS
from backstop.database import lift_limits
from backstop.transactions import operation

BY_BIDS = "who is obliged is judged by what it bid"
SIGNED = "a cover is the contract that its parties signed"


@operation
def audit(*, venue_id: UUID | None = None) -> list[str]:
    """Everything that does not add up, of one venue or of all; empty where the books are clean.

    Has to be the first thing in its transaction, which then sees one snapshot.
    """
    found: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        lift_limits()
        for name, check in CHECKS.items():
            cursor.execute(check, {"venue": venue_id})
            found += [f"{name}: {message}" for (message,) in cursor.fetchall()]
    misjudged = list_misjudged(venue_id)
    found += [f"{BY_BIDS}: {each} is judged {each.quality}, not {quality}" for each, quality in misjudged]
    return found + [f"{SIGNED}: {fault}" for fault in list_contract_faults(venue_id)]
