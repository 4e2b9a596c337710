"""The audit of auctions: what they sold, under which caps, and whether their transcripts say so."""

from auctions.lifecycle import WATERFALL
from auctions.rules.closing import TOO_FAR

CAPS = " ".join(f"WHEN '{step.kind}' THEN y.{step.cap}" for step in WATERFALL.values() if step.cap)

CHECKS = {
    "a Dutch auction sold what was taken": """
        SELECT format('auction %%s: %%s units taken, its takes say %%s', a.id, a.units_taken, coalesce(sum(t.units), 0))
        FROM auctions_auction AS a LEFT JOIN auctions_take AS t ON t.auction_id = a.id
        WHERE %(venue)s::uuid IS NULL OR a.venue_id = %(venue)s
        GROUP BY a.id HAVING a.units_taken <> coalesce(sum(t.units), 0)
    """,
    "what is void for its marks was left behind by them": f"""
        SELECT format('%%s %%s is void at %%s, and allows %%s bps from %%s', v.what, v.id, v.marks, v.most, v.since)
        FROM (
          SELECT 'readiness' AS what, r.id, r.marks AS since, r.void_marks AS marks, r.max_drift_bps AS most, u.venue_id
          FROM auctions_readiness AS r JOIN auctions_auction AS u ON u.id = r.auction_id
          WHERE r.void_reason = '{TOO_FAR}'
          UNION ALL
          SELECT 'what was cut', t.id, u.marks, t.void_marks, coalesce(b.max_drift_bps, y.max_drift_bps), u.venue_id
          FROM auctions_cutbid AS t
          JOIN auctions_bid AS b ON b.id = t.bid_id
          JOIN auctions_auction AS u ON u.id = t.waits_in_id
          JOIN auctions_lot AS l ON l.id = t.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN auctions_playbook AS y ON y.id = k.playbook_id
          WHERE t.void_reason = '{TOO_FAR}' AND u.restarts = 0 -- its opening is another then
        ) AS v
        WHERE NOT EXISTS (
          SELECT FROM jsonb_each_text(v.since) AS was
          WHERE abs((v.marks ->> was.key)::numeric - was.value::numeric) * 10000 > v.most * was.value::numeric
        ) AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
    "readiness holds only while its auction is under way": """
        SELECT format('readiness %%s of %%s units stands in an auction that is %%s', r.id, r.units_left, a.state)
        FROM auctions_readiness AS r JOIN auctions_auction AS a ON a.id = r.auction_id
        WHERE r.state = 'LIVE' AND a.state NOT IN ('OPEN', 'HALTED')
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "what was cut back holds only while it may take": """
        SELECT format('cut bid %%s of %%s units stands in an auction that is %%s', t.id, t.units, a.state)
        FROM auctions_cutbid AS t
        JOIN auctions_lot AS l ON l.id = t.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        LEFT JOIN auctions_auction AS a ON a.id = t.waits_in_id
        WHERE t.state = 'LIVE' AND (a.state NOT IN ('OPEN', 'HALTED') OR l.ended_at IS NOT NULL)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "a Dutch auction pays no more than filling would have": """
        SELECT format('award %%s pays %%s bps where filling would have paid %%s', w.id, w.edge_bps, f.filling_edge_bps)
        FROM auctions_auction AS f
        JOIN auctions_step AS s ON s.id = f.step_id
        JOIN auctions_step AS n
          ON n.lot_id = s.lot_id AND n.round = s.round AND n.kind = 'DUTCH' AND n.ordinal = s.ordinal + 1
        JOIN auctions_award AS w ON w.step_id = n.id
        WHERE w.edge_bps > f.filling_edge_bps AND (%(venue)s::uuid IS NULL OR f.venue_id = %(venue)s)
    """,
    "what is not contested pays no more than its cap": """
        SELECT format('award %%s pays %%s bps in an auction that is not contested', w.id, w.edge_bps)
        FROM auctions_award AS w
        JOIN auctions_auction AS a ON a.step_id = w.step_id
        WHERE a.ready_seconds IS NOT NULL AND a.contested IS NOT TRUE AND w.edge_bps > a.uncontested_cap_bps
          AND w.created_at >= a.opens_at -- before a restart, it may have been contested
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "no auction is open under a breaker of level 3": """
        SELECT format('auction %%s is open under a breaker of level 3', a.id)
        FROM auctions_auction AS a
        JOIN auctions_step AS s ON s.id = a.step_id
        WHERE a.state = 'OPEN' AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
          AND EXISTS (
            SELECT FROM auctions_breaker AS b
            WHERE b.level = 3 AND b.venue_id = a.venue_id
              AND (b.auction_id IS NULL OR b.auction_id = a.id)
              AND (b.product_group_id IS NULL OR b.product_group_id IN (
                SELECT i.product_group_id
                FROM auctions_position AS p JOIN backstop_instrument AS i ON i.id = p.instrument_id
                WHERE p.lot_id = s.lot_id))
          )
    """,
    "caps count what is in auctions": """
        SELECT format('cap %%s: outstanding %%s, its auctions say %%s', c.id, c.outstanding, held.amount)
        FROM auctions_cap AS c
        JOIN backstop_asset AS asset ON asset.id = c.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(div(counted.notional * power(10::numeric, asset.scale) * (a.offered_units - a.units_taken)
                                  + l.units - 1, l.units)), 0) / power(10::numeric, asset.scale) AS amount
          FROM auctions_auction AS a
          JOIN auctions_step AS s ON s.id = a.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(p.notional), 0) AS notional
            FROM auctions_position AS p JOIN backstop_instrument AS i ON i.id = p.instrument_id
            WHERE p.lot_id = l.id AND (c.product_group_id IS NULL OR i.product_group_id = c.product_group_id)
          ) AS counted
          WHERE a.state IN ('OPEN', 'HALTED') AND k.venue_id = c.venue_id AND k.asset_id = c.asset_id
        ) AS held
        WHERE c.outstanding <> held.amount AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "no award pays more than the cap of its step": f"""
        SELECT format('award %%s pays %%s bps in %%s', w.id, w.edge_bps, s.kind)
        FROM auctions_award AS w
        JOIN auctions_step AS s ON s.id = w.step_id
        JOIN auctions_lot AS l ON l.id = s.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        JOIN auctions_playbook AS y ON y.id = k.playbook_id
        WHERE w.edge_bps > CASE s.kind {CAPS} ELSE 0 END
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "sealed awards are what their transcript says": """
        WITH said AS (
          SELECT t.auction_id, award.sequence, sum(award.given_units) AS units,
                 sum(award.given_units * award.edge_bps) AS cost
          FROM auctions_transcript AS t
          CROSS JOIN LATERAL jsonb_to_recordset(t.document -> 'outcome' -> 'awards')
            AS award (sequence bigint, given_units integer, edge_bps numeric)
          WHERE award.given_units > 0
          GROUP BY t.auction_id, award.sequence
        ), placed AS ( -- before version 3, transcripts named bids by what is not shown any more
          SELECT b.id, b.auction_id,
                 CASE WHEN (t.document ->> 'version')::integer < 3 THEN b.sequence
                      ELSE row_number() OVER (PARTITION BY b.auction_id ORDER BY b.created_at, b.sequence)
                 END AS sequence
          FROM auctions_transcript AS t JOIN auctions_bid AS b ON b.auction_id = t.auction_id
        ), given AS (
          SELECT b.auction_id, b.sequence, sum(w.units) AS units, sum(w.units * w.edge_bps) AS cost
          FROM auctions_award AS w
          JOIN placed AS b ON b.id = w.bid_id
          GROUP BY b.auction_id, b.sequence
        )
        SELECT format('auction %%s, bid %%s: awards of %%s units, the transcript says %%s',
                      a.id, sequence, coalesce(given.units, 0), coalesce(said.units, 0))
        FROM said FULL JOIN given USING (auction_id, sequence)
        JOIN auctions_auction AS a ON a.id = auction_id
        WHERE (said.units, said.cost) IS DISTINCT FROM (given.units, given.cost)
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
}
