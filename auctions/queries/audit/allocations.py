"""The audit of allocations: what accounts of the venue give of its losses, by which rule, and never too much."""

from auctions.queries.audit.parts import AWARDED_PART

CHECKS = {
    "what accounts gave of a loss is what was moved": """
        SELECT format('the part %%s of an allocation took %%s, moved %%s', f.id, f.taken, moved.amount)
        FROM accounts_allocationfill AS f
        JOIN accounts_lossallocation AS x ON x.id = f.allocation_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount FROM accounts_transfer AS t
          WHERE t.subject_id = f.id AND t.purpose = 'LOSS_ALLOCATED'
        ) AS moved
        WHERE moved.amount <> CASE x.kind WHEN 'CASH' THEN f.taken ELSE 0 END
          AND (%(venue)s::uuid IS NULL OR f.venue_id = %(venue)s)
    """,
    "no more is allocated than was to be, nor than an account had": """
        SELECT format('the allocation %%s is of %%s, %%s is allocated', x.id, x.quantity, sum(f.allocated))
        FROM accounts_lossallocation AS x JOIN accounts_allocationfill AS f ON f.allocation_id = x.id
        WHERE (%(venue)s::uuid IS NULL OR x.venue_id = %(venue)s)
        GROUP BY x.id HAVING sum(f.allocated) > x.quantity OR bool_or(f.allocated > f.had)
    """,
    "an account gives no more of a loss than it had": """
        SELECT format('loss event %%s: %%s gives %%s of a thing of which it had %%s', x.loss_event_id, f.account,
                      sum(f.allocated), max(f.had))
        FROM accounts_allocationfill AS f JOIN accounts_lossallocation AS x ON x.id = f.allocation_id
        WHERE f.state IN ('ALLOCATED', 'CONFIRMED') AND (%(venue)s::uuid IS NULL OR f.venue_id = %(venue)s)
        GROUP BY x.loss_event_id, x.kind, x.asset_id, x.instrument_id, x.side, f.account
        HAVING sum(f.allocated) > max(f.had)
    """,
    "an account gives no more of a loss than it gained": """
        SELECT format('the allocation %%s: %%s may be asked for %%s, it gained %%s', x.id, f.account, f.had, f.profit)
        FROM accounts_allocationfill AS f JOIN accounts_lossallocation AS x ON x.id = f.allocation_id
        WHERE x.kind = 'CASH' AND f.had > f.profit AND (%(venue)s::uuid IS NULL OR x.venue_id = %(venue)s)
    """,
    "accounts give by rank, or by what each has": """
        WITH given AS (
          SELECT x.id, x.venue_id, x.method, f.account, f.allocated, f.had, step.least,
                 bool_or(f.had - f.allocated >= step.least) OVER (
                   PARTITION BY x.id ORDER BY f.profit * f.leverage DESC, f.account COLLATE "C"
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS passed_over,
                 (f.allocated - step.least) / f.had AS a_step_less,
                 min((f.allocated + step.least) / f.had) OVER (PARTITION BY x.id) AS least_a_step_more
          FROM accounts_lossallocation AS x
          JOIN accounts_allocationfill AS f ON f.allocation_id = x.id
          LEFT JOIN backstop_instrument AS i ON i.id = x.instrument_id
          JOIN backstop_asset AS a ON a.id = x.asset_id
          CROSS JOIN LATERAL (SELECT coalesce(i.quantity_step, power(10::numeric, -a.scale)) AS least) AS step
        )
        SELECT format('the allocation %%s, %%s: %%s gives %%s of %%s, others give too little beside it', id, method,
                      account, allocated, had)
        FROM given
        WHERE CASE method WHEN 'RANK' THEN passed_over ELSE a_step_less > least_a_step_more END
          AND (%(venue)s::uuid IS NULL OR venue_id = %(venue)s)
    """,
    "accounts give no more of a loss than nobody paid": """
        SELECT format('loss event %%s: accounts gave %%s in %%s, nobody paid %%s', e.id, gave.amount, gave.asset_id,
                      unpaid.amount)
        FROM accounts_lossevent AS e
        CROSS JOIN LATERAL (
          SELECT x.asset_id, sum(f.taken) AS amount FROM accounts_allocationfill AS f
          JOIN accounts_lossallocation AS x ON x.id = f.allocation_id
          WHERE x.loss_event_id = e.id AND x.kind = 'CASH' GROUP BY x.asset_id
        ) AS gave
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.amount), 0) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE (l.loss_event_id, l.asset_id) = (e.id, gave.asset_id) AND p.layer = 'UNALLOCATED'
        ) AS unpaid
        WHERE gave.amount > unpaid.amount AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "no more positions are allocated than went back to the venue": f"""
        WITH returned AS (
          SELECT k.loss_event_id, p.instrument_id, p.side, sum(part.quantity) AS quantity
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN auctions_position AS p ON p.lot_id = l.id
          JOIN backstop_instrument AS i ON i.id = p.instrument_id
          {AWARDED_PART}
          WHERE w.beneficiary = 'VENUE' AND k.loss_event_id IN (SELECT loss_event_id FROM accounts_lossallocation)
            AND NOT EXISTS (SELECT FROM auctions_settlement AS t
                            WHERE t.award_id = w.id AND t.state IN ('REJECTED', 'EXPIRED'))
          GROUP BY k.loss_event_id, p.instrument_id, p.side
        )
        SELECT format('loss event %%s: of %%s %%s accounts give %%s, %%s went back', x.loss_event_id, x.side,
                      x.instrument_id, sum(f.allocated), coalesce(r.quantity, 0))
        FROM accounts_lossallocation AS x
        JOIN accounts_allocationfill AS f ON f.allocation_id = x.id AND f.state IN ('ALLOCATED', 'CONFIRMED')
        LEFT JOIN returned AS r
          ON (r.loss_event_id, r.instrument_id, r.side) = (x.loss_event_id, x.instrument_id, x.side)
        WHERE x.kind = 'POSITION' AND (%(venue)s::uuid IS NULL OR x.venue_id = %(venue)s)
        GROUP BY x.loss_event_id, x.instrument_id, x.side, r.quantity
        HAVING sum(f.allocated) > coalesce(r.quantity, 0)
    """,
}
