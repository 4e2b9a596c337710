"""Committed events are copied to where readers follow them, in one gapless order for each venue.

Guarantees that every committed event is published once, and that a position, once it can be read, has all before it.
"""

from uuid import UUID

from django.db import connection

from backstop.transactions import operation

PUBLISH_SQL = """
WITH due AS (
  DELETE FROM backstop_outbox
  WHERE id IN (SELECT id FROM backstop_outbox WHERE {of_the_queue} ORDER BY id LIMIT %(limit)s)
  RETURNING id, event_id
), placed AS (
  SELECT event.*, row_number() OVER (PARTITION BY event.venue_id ORDER BY due.id) AS place
  FROM due JOIN backstop_event AS event ON event.id = due.event_id
), last AS (
  INSERT INTO backstop_lastposition AS before (venue_id, position)
  SELECT venue_id, count(*) FROM placed GROUP BY venue_id ORDER BY venue_id
  ON CONFLICT (venue_id) DO UPDATE SET position = before.position + excluded.position
  RETURNING venue_id, position
), counted AS (
  SELECT venue_id, count(*) AS events FROM placed GROUP BY venue_id
)
INSERT INTO backstop_publication
  (venue_id, position, event_id, kind, visibility, subject_id, provider_id, payload, actor, occurred_at)
SELECT
  placed.venue_id, last.position - counted.events + placed.place,
  placed.id, kind, visibility, subject_id, provider_id, payload, actor, created_at
FROM placed JOIN last USING (venue_id) JOIN counted USING (venue_id)
ORDER BY placed.venue_id, placed.place
"""


@operation
def publish_events(*, venue_id: UUID | None, limit: int = 1000) -> int:
    """Give up to `limit` committed events of a venue's queue the next positions, oldest first; how many there were.

    To be performed alone for the venue, so that what is found in the queue is not being published already.
    """
    with connection.cursor() as cursor:
        # Not IS NOT DISTINCT FROM, which no index serves.
        of_the_queue = "venue_id IS NULL" if venue_id is None else "venue_id = %(venue)s"
        cursor.execute(PUBLISH_SQL.format(of_the_queue=of_the_queue), {"venue": venue_id, "limit": limit})
        return int(cursor.rowcount)
