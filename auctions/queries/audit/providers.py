"""The audit of providers: what they promised, hold, delivered, and have under way."""

CHECKS = {
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
    "who is in default has nothing under way": """
        SELECT format('provider %%s is in default, and has %%s', d.provider_id, left_over.what)
        FROM accounts_providerdefault AS d
        CROSS JOIN LATERAL (
          SELECT 'a live bid' AS what FROM auctions_bid AS b WHERE b.provider_id = d.provider_id AND b.state = 'LIVE'
          UNION ALL
          SELECT 'live readiness'
          FROM auctions_readiness AS r WHERE r.provider_id = d.provider_id AND r.state = 'LIVE'
          UNION ALL
          SELECT 'a live cut bid'
          FROM auctions_cutbid AS t WHERE t.provider_id = d.provider_id AND t.state = 'LIVE'
          UNION ALL
          SELECT 'a settlement ' || s.state
          FROM auctions_settlement AS s JOIN auctions_award AS w ON w.id = s.award_id
          JOIN auctions_book AS k ON k.id = s.book_id
          JOIN backstop_asset AS a ON a.id = k.asset_id AND a.shadow_of_id IS NULL -- a drill settles by itself
          WHERE w.provider_id = d.provider_id AND s.state IN ('AWAITING', 'CONFIRMED')
          UNION ALL
          SELECT 'a commitment that stands'
          FROM accounts_commitment AS c WHERE c.provider_id = d.provider_id AND c.state = 'ACTIVE'
        ) AS left_over
        WHERE d.state IN ('CONFIRMED', 'HANDLED') AND (%(venue)s::uuid IS NULL OR d.venue_id = %(venue)s)
    """,
}
