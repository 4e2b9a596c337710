"""The audit of books: their worth, their lots, and how their units changed hands."""

from auctions.queries.audit.parts import AWARDED_PART, SETTLED_PARTS

UNDER_WAY = ("COUNTING", "CONTESTABLE", "CONTESTED")

CHECKS = {
    "a lot counts what its awards are": f"""
        SELECT format('lot %%s of book %%s: %%s units gained %%s, its awards say %%s and %%s', l.ordinal, k.reference,
                      l.units_awarded, l.gained, said.units, said.gained)
        FROM auctions_lot AS l
        JOIN auctions_book AS k ON k.id = l.book_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(w.units), 0) AS units, coalesce(sum(part.gained), 0) AS gained
          FROM auctions_step AS s
          JOIN auctions_award AS w ON w.step_id = s.id
          JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state NOT IN ('REJECTED', 'EXPIRED')
          CROSS JOIN LATERAL (
            SELECT sum(part.quantity * (CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END * (mark.price - p.mark_price)
                                         - mark.price * w.edge_bps * 0.0001)) AS gained
            FROM auctions_position AS p
            JOIN backstop_instrument AS i ON i.id = p.instrument_id
            {AWARDED_PART}
            CROSS JOIN LATERAL (SELECT (w.marks ->> i.id::text)::numeric AS price) AS mark
            WHERE p.lot_id = l.id
          ) AS part
          WHERE s.lot_id = l.id
        ) AS said
        WHERE l.gained IS NOT NULL AND (l.units_awarded, l.gained) IS DISTINCT FROM (said.units, said.gained)
          AND l.ended_at IS NULL -- programs of the release before, which count nothing, may have ended others
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "a book that has ended owes and owns nothing": """
        SELECT format('book %%s has ended with %%s in its estate and %%s in its debt', k.reference, e.posted, d.posted)
        FROM auctions_book AS k
        JOIN accounts_account AS e ON e.id = k.estate_id
        JOIN accounts_account AS d ON d.id = k.debt_id
        WHERE k.state IN ('CLOSED', 'WITHDRAWN') AND (e.posted <> 0 OR d.posted <> 0)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "what a closed book left is what its statement sums to": """
        SELECT format('book %%s left %%s, its statement says %%s', k.reference, k.residual, said.amount)
        FROM auctions_book AS k
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE WHEN t.credit_id IN (k.estate_id, k.debt_id) THEN t.amount ELSE 0 END
                            - CASE WHEN t.debit_id IN (k.estate_id, k.debt_id) THEN t.amount ELSE 0 END), 0) AS amount
          FROM accounts_transfer AS t
          WHERE (t.credit_id IN (k.estate_id, k.debt_id) OR t.debit_id IN (k.estate_id, k.debt_id))
            AND t.purpose NOT IN ('KEPT_ADVANCED', 'RESIDUAL')
        ) AS said
        WHERE k.state = 'CLOSED' AND k.residual <> said.amount
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
          AND NOT (k.state = 'WITHDRAWN' AND a.shadow_of_id IS NOT NULL) -- a drill's goes back with what it earned
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
    "clearing advances no more than an account kept, and its book counts it": """
        SELECT format('book %%s: clearing advanced %%s, its account kept %%s; it is %%s and counts %%s', k.reference,
                      moved.amount, k.kept_equity, k.state, k.kept_advanced)
        FROM auctions_book AS k
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount
          FROM accounts_transfer AS t WHERE t.credit_id = k.estate_id AND t.purpose = 'KEPT_ADVANCED'
        ) AS moved
        WHERE (moved.amount > k.kept_equity
               OR k.kept_advanced <> CASE k.state WHEN 'CLOSED' THEN 0 ELSE moved.amount END)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
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
          SELECT 'a cut bid ' || t.state FROM auctions_cutbid AS t WHERE t.lot_id = l.id AND t.state = 'LIVE'
          UNION ALL
          SELECT 'an award' FROM auctions_step AS s JOIN auctions_award AS w ON w.step_id = s.id
          JOIN backstop_asset AS a ON a.id = k.asset_id -- a drill may be broken off after its first
          WHERE s.lot_id = l.id AND a.shadow_of_id IS NULL
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
    "what was settled of a position is the position": f"""
        SELECT format('book %%s: %%s of %%s changed hands, not %%s', k.reference, i.symbol, sum(part.quantity),
                      p.quantity)
        FROM auctions_position AS p
        JOIN backstop_instrument AS i ON i.id = p.instrument_id
        JOIN auctions_book AS k ON k.id = p.book_id
        JOIN auctions_lot AS l ON l.id = p.lot_id
        {SETTLED_PARTS}
        WHERE k.state = 'CLOSED' AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
        GROUP BY p.id, k.reference, i.symbol HAVING sum(part.quantity) <> p.quantity
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
    "an intake says the parameters of its book's playbook": """
        SELECT format('the intake of book %%s says %%s as %%s, its playbook as %%s', k.reference, said.key, said.value,
                      own.value)
        FROM auctions_chainlink AS n
        JOIN auctions_book AS k ON k.id = n.book_id
        JOIN auctions_playbook AS y ON y.id = k.playbook_id
        CROSS JOIN LATERAL jsonb_each(n.document -> 'playbook') AS said
        JOIN LATERAL jsonb_each(to_jsonb(y)) AS own ON own.key = said.key
        WHERE n.kind = 'INTAKE'
          AND CASE jsonb_typeof(own.value)
              WHEN 'number' THEN (own.value #>> '{}')::numeric IS DISTINCT FROM (said.value #>> '{}')::numeric
              WHEN 'array' THEN false -- the numbers in it are written in two ways
              WHEN 'object' THEN false
              ELSE own.value <> said.value END
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "what a fault cost is what was paid for it, and only where it stands": """
        SELECT format('fault %%s is %%s: %%s were paid, %%s to the estate; it says %%s and %%s', f.id, f.state,
                      paid.amount, paid.to_estate, due.amount, due.to_estate)
        FROM auctions_providerfault AS f
        JOIN auctions_book AS k ON k.id = f.book_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount,
                 coalesce(sum(t.amount) FILTER (WHERE t.credit_id = k.estate_id), 0) AS to_estate
          FROM accounts_transfer AS t WHERE t.subject_id = f.id AND t.purpose = 'MADE_WHOLE'
        ) AS paid
        CROSS JOIN LATERAL (
          SELECT CASE f.state WHEN 'UPHELD' THEN f.amount ELSE 0 END AS amount,
                 CASE f.state WHEN 'UPHELD' THEN f.to_estate ELSE 0 END AS to_estate
        ) AS due
        WHERE (paid.amount, paid.to_estate) IS DISTINCT FROM (due.amount, due.to_estate)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "no closed book waits for a fault": """
        SELECT format('fault %%s of book %%s is %%s', f.id, k.reference, f.state)
        FROM auctions_providerfault AS f JOIN auctions_book AS k ON k.id = f.book_id
        WHERE k.state = 'CLOSED' AND f.state NOT IN ('UPHELD', 'DISMISSED')
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "drift of an award that failed ends where some of it was given again": """
        SELECT format('fault %%s: its drift ended at %%s, some of it was given again at %%s', f.id, f.marks, next.marks)
        FROM auctions_providerfault AS f
        JOIN auctions_book AS k ON k.id = f.book_id
        JOIN auctions_award AS w ON w.id = f.award_id
        JOIN auctions_step AS s ON s.id = w.step_id
        CROSS JOIN LATERAL (
          SELECT o.marks, o.created_at
          FROM auctions_step AS t JOIN auctions_award AS o ON o.step_id = t.id
          WHERE t.lot_id = s.lot_id AND o.created_at > w.created_at
            AND o.first_unit < w.first_unit + w.units AND w.first_unit < o.first_unit + o.units
          ORDER BY o.created_at, o.first_unit LIMIT 1
        ) AS next
        WHERE next.created_at < f.drift_until AND f.marks <> next.marks
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "a fault costs its penalty, or what replacing its award did": f"""
        WITH replaced AS ( -- each unit by whoever was the first to be given it again
          SELECT DISTINCT ON (f.id, unit) f.id AS fault_id, unit, o.id AS award_id,
                 CASE WHEN o.provider_id IS NULL THEN 0 ELSE o.edge_bps - w.edge_bps END AS dearer_bps
          FROM auctions_providerfault AS f
          JOIN auctions_award AS w ON w.id = f.award_id
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_step AS t ON t.lot_id = s.lot_id
          JOIN auctions_award AS o ON o.step_id = t.id AND o.created_at > w.created_at
          CROSS JOIN LATERAL generate_series(greatest(w.first_unit, o.first_unit),
                                             least(w.first_unit + w.units, o.first_unit + o.units) - 1) AS unit
          WHERE f.amount IS NOT NULL
          ORDER BY f.id, unit, o.created_at, o.first_unit
        ), cost AS (
          SELECT r.fault_id, r.award_id,
                 sum(slice.quantity * (mark.price * r.dearer_bps * 0.0001
                                       - CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END
                                         * ((coalesce(f.marks, w.marks) ->> i.id::text)::numeric
                                            - mark.price))) AS amount
          FROM replaced AS r
          JOIN auctions_providerfault AS f ON f.id = r.fault_id
          JOIN auctions_award AS w ON w.id = f.award_id
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_position AS p ON p.lot_id = l.id
          JOIN backstop_instrument AS i ON i.id = p.instrument_id
          CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
          CROSS JOIN LATERAL (
            SELECT (div(p.quantity / step.size * (r.unit + 1), l.units)
                  - div(p.quantity / step.size * r.unit, l.units)) * step.size AS quantity
          ) AS slice
          CROSS JOIN LATERAL (SELECT (w.marks ->> i.id::text)::numeric AS price) AS mark
          GROUP BY r.fault_id, r.award_id
        )
        SELECT format('fault %%s of book %%s costs %%s, %%s of it to the estate; its award says %%s and %%s', f.id,
                      k.reference, f.amount, f.to_estate, due.amount, due.to_estate)
        FROM auctions_providerfault AS f
        JOIN auctions_award AS w ON w.id = f.award_id
        JOIN auctions_book AS k ON k.id = f.book_id
        JOIN auctions_playbook AS y ON y.id = k.playbook_id
        JOIN backstop_asset AS a ON a.id = k.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(greatest(cost.amount, 0)), 0) AS amount FROM cost WHERE cost.fault_id = f.id
        ) AS loss
        CROSS JOIN LATERAL ( -- what was held for the award
          SELECT CASE WHEN f.state IN {UNDER_WAY} THEN f.held ELSE (
            SELECT (e.payload ->> 'held')::numeric FROM backstop_event AS e
            WHERE e.subject_id = f.id AND e.kind = 'fault_found') END AS held
        ) AS bound
        CROSS JOIN LATERAL (
          SELECT least(bound.held, floor(greatest(w.notional * y.penalty_bps / 10000, loss.amount)
                                         * power(10::numeric, a.scale)) / power(10::numeric, a.scale)) AS amount,
                 floor(loss.amount * power(10::numeric, a.scale)) / power(10::numeric, a.scale) AS lost
        ) AS whole
        CROSS JOIN LATERAL (SELECT whole.amount, least(whole.lost, whole.amount) AS to_estate) AS due
        WHERE f.amount IS NOT NULL AND (f.amount, f.to_estate) IS DISTINCT FROM (due.amount, due.to_estate)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
}
