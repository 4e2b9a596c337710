"""The record of what happened: written with the change itself, published afterwards in one gapless order.

`record_events` is called by every operation that changes something, `publish_events` by the relay alone. Guarantees
that an event exists exactly when its change is committed, and that positions, which readers follow, have no gaps.
"""

from uuid import UUID

from django.db import connection

from backstop.transactions import lock_exclusive, operation

RELAY = UUID(int=0)

PUBLISH_SQL = """
WITH due AS (
  SELECT event_id, row_number() OVER (ORDER BY event_id) AS place
  FROM (SELECT event_id FROM backstop_outbox ORDER BY event_id LIMIT %s) AS oldest
), gone AS (
  DELETE FROM backstop_outbox USING due WHERE backstop_outbox.event_id = due.event_id
)
INSERT INTO backstop_publication (position, event_id)
SELECT (SELECT coalesce(max(position), 0) FROM backstop_publication) + due.place, due.event_id FROM due
"""


@operation
def publish_events(limit: int = 1000) -> int:
    """Give up to `limit` committed events the next positions, oldest first; how many there were.

    One relay at a time: a second one waits here, so that the positions it reads are committed.
    """
    lock_exclusive("relay", [RELAY])
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH_SQL, [limit])
        return int(cursor.rowcount)
