"""The audit: every running total, hold, use and cap is computed again from the rows underneath it.

Plain SQL that shares nothing with the code that it checks, on one snapshot of the database, so that it can run beside a
working market. Each check answers what differs, in words.
"""

from uuid import UUID

from django.db import connection

from auctions.lifecycle import WATERFALL
from backstop.database import lift_limits
from backstop.transactions import operation

CAPS = " ".join(f"WHEN '{step.kind}' THEN y.{step.cap}" for step in WATERFALL.values() if step.cap)

# What moves money into a fund and out of it, beside advances and what its inventory gains, which awards and take-overs
# say.
OF_FUNDS = ("FUNDING", "COLLECTED", "ADVANCE_REPAID", "DEBT_COVERED", "FUND_EDGE", "TRANSFER_VALUE", "RESIDUAL")

CHECKS: dict[str, str] = {
    "accounts hold what was moved": """
        SELECT format('account %%s %%s: posted %%s, transfers say %%s', a.kind, a.id, a.posted, moved.amount)
        FROM accounts_account AS a
        CROSS JOIN LATERAL (
          SELECT coalesce((SELECT sum(amount) FROM accounts_transfer WHERE credit_id = a.id), 0)
               - coalesce((SELECT sum(amount) FROM accounts_transfer WHERE debit_id = a.id), 0) AS amount
        ) AS moved
        WHERE a.posted <> moved.amount AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "an asset sums to zero": """
        SELECT format('asset %%s: all accounts together hold %%s, not zero', asset.code, sum(a.posted))
        FROM accounts_account AS a JOIN backstop_asset AS asset ON asset.id = a.asset_id
        WHERE %(venue)s::uuid IS NULL OR a.venue_id = %(venue)s
        GROUP BY asset.id HAVING sum(a.posted) <> 0
    """,
    "what is held is held for something": """
        WITH held AS (
          SELECT c.id AS account_id, b.held AS amount
          FROM auctions_bid AS b
          JOIN auctions_auction AS auction ON auction.id = b.auction_id
          JOIN auctions_step AS s ON s.id = auction.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = b.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, r.held
          FROM auctions_readiness AS r
          JOIN auctions_auction AS auction ON auction.id = r.auction_id
          JOIN auctions_step AS s ON s.id = auction.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = r.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, w.collateral_held
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = w.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT k.estate_id, w.estate_held
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          UNION ALL
          SELECT k.estate_id, l.estate_held FROM auctions_lot AS l JOIN auctions_book AS k ON k.id = l.book_id
          UNION ALL
          SELECT f.id, l.fund_held
          FROM auctions_lot AS l
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS f ON f.venue_id = k.venue_id AND f.asset_id = k.asset_id AND f.kind = 'FUND'
          UNION ALL
          SELECT f.id, w.fund_held
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS f ON f.venue_id = k.venue_id AND f.asset_id = k.asset_id AND f.kind = 'FUND'
        )
        SELECT format('account %%s %%s: held %%s, what is held sums to %%s', a.kind, a.id, a.held,
                      coalesce(sum(held.amount), 0))
        FROM accounts_account AS a LEFT JOIN held ON held.account_id = a.id
        WHERE %(venue)s::uuid IS NULL OR a.venue_id = %(venue)s
        GROUP BY a.id HAVING a.held <> coalesce(sum(held.amount), 0)
    """,
    "a book that has ended owes and owns nothing": """
        SELECT format('book %%s has ended with %%s in its estate and %%s in its debt', k.reference, e.posted, d.posted)
        FROM auctions_book AS k
        JOIN accounts_account AS e ON e.id = k.estate_id
        JOIN accounts_account AS d ON d.id = k.debt_id
        WHERE k.state IN ('CLOSED', 'WITHDRAWN') AND (e.posted <> 0 OR d.posted <> 0)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "the steps of an ended lot are exactly the lot": """
        SELECT format('lot %%s of book %%s: %%s units, its steps placed %%s', l.ordinal, k.reference, l.units,
                      coalesce(sum(s.units_placed), 0))
        FROM auctions_lot AS l
        JOIN auctions_book AS k ON k.id = l.book_id
        LEFT JOIN auctions_step AS s ON s.lot_id = l.id
        WHERE l.ended_at IS NOT NULL AND l.book_version = k.version AND k.state <> 'WITHDRAWN'
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
        GROUP BY l.id, k.reference HAVING l.units <> coalesce(sum(s.units_placed), 0)
    """,
    "what came in with a book is what it was worth": """
        SELECT format('book %%s: %%s came in, its version %%s is worth %%s', k.reference, came.amount, k.version,
                      worth.amount)
        FROM auctions_book AS k
        JOIN backstop_asset AS a ON a.id = k.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE WHEN t.credit_id IN (k.estate_id, k.debt_id) THEN t.amount ELSE -t.amount END), 0)
            AS amount
          FROM accounts_transfer AS t
          WHERE t.subject_id = k.id AND t.purpose IN ('INTAKE', 'INTAKE_REVERSED')
        ) AS came
        CROSS JOIN LATERAL (
          SELECT ceil((k.cash + sum(p.accrued + CASE i.kind WHEN 'LINEAR' THEN p.quantity ELSE 0 END
                                                * (p.mark_price - coalesce(p.entry_price, 0))
                                                * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END))
                      * power(10::numeric, a.scale)) / power(10::numeric, a.scale) AS amount
          FROM auctions_position AS p JOIN backstop_instrument AS i ON i.id = p.instrument_id
          WHERE p.book_id = k.id AND p.book_version = k.version
        ) AS worth
        WHERE came.amount <> CASE k.state WHEN 'WITHDRAWN' THEN 0 ELSE worth.amount END
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "what an account kept is worth what it says": """
        SELECT format('book %%s: its account kept %%s, its lines say %%s', k.reference, k.kept_equity, kept.worth)
        FROM auctions_book AS k
        JOIN backstop_asset AS a ON a.id = k.asset_id
        CROSS JOIN LATERAL (
          SELECT floor((k.kept_cash + coalesce(sum(p.accrued + p.quantity * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END
                                                               * (p.mark_price - coalesce(p.entry_price, 0))), 0))
                       * power(10::numeric, a.scale)) / power(10::numeric, a.scale) AS worth
          FROM auctions_keptposition AS p
          WHERE p.book_id = k.id AND p.book_version = k.version
        ) AS kept
        WHERE k.kept_equity <> kept.worth AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "only a book's own version is under way": """
        SELECT format('book %%s: lot %%s of version %%s has %%s', k.reference, l.ordinal, l.book_version,
                      left_over.what)
        FROM auctions_lot AS l
        JOIN auctions_book AS k ON k.id = l.book_id
        CROSS JOIN LATERAL (
          SELECT 'not ended' AS what WHERE l.ended_at IS NULL
          UNION ALL
          SELECT 'a step ' || s.state FROM auctions_step AS s WHERE s.lot_id = l.id AND s.state <> 'ENDED'
          UNION ALL
          SELECT 'an auction ' || u.state FROM auctions_step AS s JOIN auctions_auction AS u ON u.step_id = s.id
          WHERE s.lot_id = l.id AND u.state IN ('OPEN', 'HALTED')
          UNION ALL
          SELECT 'a bid ' || b.state FROM auctions_step AS s JOIN auctions_auction AS u ON u.step_id = s.id
          JOIN auctions_bid AS b ON b.auction_id = u.id WHERE s.lot_id = l.id AND b.state = 'LIVE'
          UNION ALL
          SELECT 'readiness ' || r.state FROM auctions_step AS s JOIN auctions_auction AS u ON u.step_id = s.id
          JOIN auctions_readiness AS r ON r.auction_id = u.id WHERE s.lot_id = l.id AND r.state = 'LIVE'
          UNION ALL
          SELECT 'an award' FROM auctions_step AS s JOIN auctions_award AS w ON w.step_id = s.id WHERE s.lot_id = l.id
        ) AS left_over
        WHERE (l.book_version <> k.version OR k.state = 'WITHDRAWN')
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "no unit is awarded twice": """
        SELECT format('book %%s: awards %%s and %%s share units', k.reference, one.id, other.id)
        FROM auctions_award AS one
        JOIN auctions_settlement AS one_s ON one_s.award_id = one.id AND one_s.state NOT IN ('REJECTED', 'EXPIRED')
        JOIN auctions_step AS one_step ON one_step.id = one.step_id
        JOIN auctions_step AS other_step ON other_step.lot_id = one_step.lot_id
        JOIN auctions_award AS other ON other.step_id = other_step.id AND one.id < other.id
        JOIN auctions_settlement AS other_s
          ON other_s.award_id = other.id AND other_s.state NOT IN ('REJECTED', 'EXPIRED')
        JOIN auctions_lot AS l ON l.id = one_step.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        WHERE one.first_unit < other.first_unit + other.units AND other.first_unit < one.first_unit + one.units
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "what was settled of a position is the position": """
        SELECT format('book %%s: %%s of %%s changed hands, not %%s', k.reference, i.symbol, sum(part.quantity),
                      p.quantity)
        FROM auctions_position AS p
        JOIN backstop_instrument AS i ON i.id = p.instrument_id
        JOIN auctions_book AS k ON k.id = p.book_id
        JOIN auctions_lot AS l ON l.id = p.lot_id
        JOIN auctions_step AS s ON s.lot_id = l.id
        JOIN auctions_award AS w ON w.step_id = s.id
        JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state = 'SETTLED'
        CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
        CROSS JOIN LATERAL (
          SELECT (div(p.quantity / step.size * (w.first_unit + w.units), l.units)
                - div(p.quantity / step.size * w.first_unit, l.units)) * step.size AS quantity
        ) AS part
        WHERE k.state = 'CLOSED' AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
        GROUP BY p.id, k.reference, i.symbol HAVING sum(part.quantity) <> p.quantity
    """,
    "a Dutch auction sold what was taken": """
        SELECT format('auction %%s: %%s units taken, its takes say %%s', a.id, a.units_taken, coalesce(sum(t.units), 0))
        FROM auctions_auction AS a LEFT JOIN auctions_take AS t ON t.auction_id = a.id
        WHERE %(venue)s::uuid IS NULL OR a.venue_id = %(venue)s
        GROUP BY a.id HAVING a.units_taken <> coalesce(sum(t.units), 0)
    """,
    "readiness holds only while its auction is under way": """
        SELECT format('readiness %%s of %%s units stands in an auction that is %%s', r.id, r.units_left, a.state)
        FROM auctions_readiness AS r JOIN auctions_auction AS a ON a.id = r.auction_id
        WHERE r.state = 'LIVE' AND a.state NOT IN ('OPEN', 'HALTED')
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
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
    "the fund spends on a book no more than its limit": """
        SELECT format('book %%s: the fund spent %%s, its limit is %%s', k.reference, spent.amount, y.fund_draw_limit)
        FROM auctions_book AS k
        JOIN auctions_playbook AS y ON y.id = k.playbook_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE t.purpose WHEN 'ADVANCE_REPAID' THEN -t.amount ELSE t.amount END), 0) AS amount
          FROM accounts_transfer AS t
          WHERE t.purpose IN ('ADVANCE', 'ADVANCE_REPAID', 'DEBT_COVERED')
            AND (t.credit_id IN (k.estate_id, k.debt_id) OR t.debit_id = k.estate_id)
        ) AS spent
        WHERE spent.amount > y.fund_draw_limit AND NOT k.owned_by_fund
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "windows count what was taken": """
        SELECT format('commitment %%s, window from %%s: used %%s, takings say %%s', u.commitment_id, u.window_starts_at,
                      u.used, coalesce(sum(g.amount) FILTER (WHERE g.returned_at IS NULL), 0))
        FROM accounts_commitmentuse AS u
        JOIN accounts_commitment AS c ON c.id = u.commitment_id
        LEFT JOIN accounts_commitmentusage AS g ON g.use_id = u.id
        WHERE %(venue)s::uuid IS NULL OR c.venue_id = %(venue)s
        GROUP BY u.id HAVING u.used <> coalesce(sum(g.amount) FILTER (WHERE g.returned_at IS NULL), 0)
    """,
    "holdings are the report and what came after it": """
        SELECT format('holding %%s: %%s, report and entries say %%s', h.id, h.quantity,
                      h.reported_quantity + coalesce(sum(e.quantity), 0))
        FROM accounts_holding AS h
        LEFT JOIN accounts_holdingentry AS e
          ON e.holding_id = h.id AND (e.settlement_sequence IS NULL OR e.settlement_sequence > h.included_sequence)
        WHERE %(venue)s::uuid IS NULL OR h.venue_id = %(venue)s
        GROUP BY h.id HAVING h.quantity <> h.reported_quantity + coalesce(sum(e.quantity), 0)
    """,
    "a take-over is what the fund was awarded": """
        SELECT format('book %%s: the fund took %%s of %%s at %%s, its awards say %%s at %%s', k.reference, o.quantity,
                      i.symbol, o.cost, part.quantity, part.quantity * mark.price)
        FROM auctions_takeover AS o
        JOIN auctions_award AS w ON w.id = o.award_id AND w.beneficiary = 'FUND'
        JOIN auctions_position AS p ON p.id = o.position_id
        JOIN backstop_instrument AS i ON i.id = p.instrument_id
        JOIN auctions_lot AS l ON l.id = p.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
        CROSS JOIN LATERAL (
          SELECT (div(p.quantity / step.size * (w.first_unit + w.units), l.units)
                - div(p.quantity / step.size * w.first_unit, l.units)) * step.size AS quantity
        ) AS part
        CROSS JOIN LATERAL (SELECT (w.marks ->> i.id::text)::numeric AS price) AS mark
        WHERE (o.quantity, o.cost) IS DISTINCT FROM (part.quantity, part.quantity * mark.price)
          AND (%(venue)s::uuid IS NULL OR o.venue_id = %(venue)s)
    """,
    "what went of take-overs is what the funds sold": """
        WITH gone AS (
          SELECT o.venue_id, o.instrument_id,
                 sum((o.quantity - o.quantity_left) * CASE o.side WHEN 'LONG' THEN 1 ELSE -1 END) AS quantity,
                 min(o.created_at) AS since
          FROM auctions_takeover AS o GROUP BY o.venue_id, o.instrument_id
        )
        SELECT format('%%s: %%s of the take-overs went, %%s was sold', i.symbol, gone.quantity, sold.quantity)
        FROM gone
        JOIN backstop_instrument AS i ON i.id = gone.instrument_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum((div(p.quantity / step.size * (w.first_unit + w.units), l.units)
                             - div(p.quantity / step.size * w.first_unit, l.units)) * step.size
                             * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END), 0) AS quantity
          FROM auctions_position AS p
          JOIN auctions_lot AS l ON l.id = p.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id AND k.owned_by_fund
          JOIN auctions_step AS s ON s.lot_id = l.id
          JOIN auctions_award AS w ON w.step_id = s.id AND w.provider_id IS NOT NULL
          JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state = 'SETTLED' AND t.settled_at >= gone.since
          CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
          WHERE p.instrument_id = gone.instrument_id
        ) AS sold
        WHERE gone.quantity <> sold.quantity AND (%(venue)s::uuid IS NULL OR gone.venue_id = %(venue)s)
    """,
    "what a take-over gained was moved into the fund": """
        SELECT format('take-over %%s of the fund: %%s was moved, it says %%s and gained %%s, of which %%s is unpaid',
                      o.number, moved.amount, o.moved, gained.amount, o.unpaid)
        FROM auctions_takeover AS o
        JOIN backstop_instrument AS i ON i.id = o.instrument_id
        JOIN backstop_asset AS a ON a.id = o.asset_id
        CROSS JOIN LATERAL (
          SELECT CASE i.kind WHEN 'LINEAR' THEN
            floor((o.proceeds + o.quantity_left * o.marked_price - o.cost)
                  * CASE o.side WHEN 'LONG' THEN 1 ELSE -1 END * power(10::numeric, a.scale))
            / power(10::numeric, a.scale) ELSE 0 END AS amount
        ) AS gained
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE c.kind WHEN 'FUND' THEN t.amount ELSE -t.amount END), 0) AS amount
          FROM accounts_transfer AS t JOIN accounts_account AS c ON c.id = t.credit_id
          WHERE t.subject_id = o.id AND t.purpose = 'INVENTORY_RESULT'
        ) AS moved
        WHERE (o.moved <> moved.amount OR o.moved <> gained.amount + o.unpaid)
          AND (%(venue)s::uuid IS NULL OR o.venue_id = %(venue)s)
    """,
    "a fund is what came in, went out, and its inventory gained": f"""
        SELECT format('fund %%s: posted %%s, what happened to it says %%s', a.id, a.posted,
                      moved.amount - advanced.amount + gained.amount)
        FROM accounts_account AS a
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END), 0) AS amount
          FROM accounts_transfer AS t
          WHERE a.id IN (t.credit_id, t.debit_id) AND t.purpose IN {OF_FUNDS}
        ) AS moved
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(w.fund_part), 0) AS amount
          FROM auctions_settlement AS s
          JOIN auctions_award AS w ON w.id = s.award_id
          JOIN auctions_book AS k ON k.id = s.book_id
          WHERE s.state = 'SETTLED' AND k.venue_id = a.venue_id AND k.asset_id = a.asset_id
        ) AS advanced
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(o.moved), 0) AS amount FROM auctions_takeover AS o
          WHERE o.venue_id = a.venue_id AND o.asset_id = a.asset_id
        ) AS gained
        WHERE a.kind = 'FUND' AND a.posted <> moved.amount - advanced.amount + gained.amount
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "the margin of what was settled left with it": """
        SELECT format('step %%s: %%s delivered of %%s', s.step_id, moved.amount, s.margin)
        FROM auctions_settledtotal AS s
        JOIN auctions_step AS p ON p.id = s.step_id
        JOIN auctions_lot AS l ON l.id = p.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount
          FROM auctions_award AS w
          JOIN accounts_transfer AS t ON t.subject_id = w.id AND t.purpose IN ('MARGIN', 'MARGIN_DELIVERED')
          WHERE w.step_id = s.step_id AND w.provider_id = s.provider_id
        ) AS moved -- awards of before there were totals are in none
        WHERE s.provider_id IS NOT NULL AND moved.amount < s.margin
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "a book is of a loss event that took it": """
        SELECT format('book %%s: its loss event took books from %%s to %%s', k.reference, e.opened_at, e.takes_until)
        FROM auctions_book AS k
        LEFT JOIN accounts_lossevent AS e ON e.id = k.loss_event_id
        WHERE k.loss_event_id IS NOT NULL
          AND (e.id IS NULL OR e.venue_id <> k.venue_id OR k.owned_by_fund OR k.received_at < e.opened_at
               OR k.received_at >= e.takes_until)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "who is in default has nothing under way": """
        SELECT format('provider %%s is in default, and has %%s', d.provider_id, left_over.what)
        FROM accounts_providerdefault AS d
        CROSS JOIN LATERAL (
          SELECT 'a live bid' AS what FROM auctions_bid AS b WHERE b.provider_id = d.provider_id AND b.state = 'LIVE'
          UNION ALL
          SELECT 'live readiness'
          FROM auctions_readiness AS r WHERE r.provider_id = d.provider_id AND r.state = 'LIVE'
          UNION ALL
          SELECT 'a settlement ' || s.state
          FROM auctions_settlement AS s JOIN auctions_award AS w ON w.id = s.award_id
          WHERE w.provider_id = d.provider_id AND s.state IN ('AWAITING', 'CONFIRMED')
          UNION ALL
          SELECT 'a commitment that stands'
          FROM accounts_commitment AS c WHERE c.provider_id = d.provider_id AND c.state = 'ACTIVE'
        ) AS left_over
        WHERE d.state IN ('CONFIRMED', 'HANDLED') AND (%(venue)s::uuid IS NULL OR d.venue_id = %(venue)s)
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
    return found
