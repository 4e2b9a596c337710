"""The audit of margin calls: what insurers paid for accounts, and what they had back of it."""

CHECKS = {
    "a margin call is paid once by who cured it": """
        SELECT format('margin call %%s of %%s is %%s: %%s was moved for it', m.id, m.amount, m.state, moved.amount)
        FROM accounts_margincall AS m
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount,
                 coalesce(bool_and((a.kind, b.kind) = ('COLLATERAL', 'CLEARING') AND a.provider_id = m.cured_by_id),
                          true) AS is_its
          FROM accounts_transfer AS t
          JOIN accounts_account AS a ON a.id = t.debit_id JOIN accounts_account AS b ON b.id = t.credit_id
          WHERE t.subject_id = m.id AND t.purpose = 'CURED'
        ) AS moved
        WHERE (moved.amount <> CASE WHEN m.cured_by_id IS NULL THEN 0 ELSE m.amount END OR NOT moved.is_its)
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
    "what a cure was repaid is what moved": """
        SELECT format('margin call %%s: of %%s %%s is left, %%s and %%s were repaid, %%s moved', m.id, m.amount,
                      m."left", repaid.principal, repaid.interest, repaid.moved)
        FROM accounts_margincall AS m
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(r.principal), 0) AS principal, coalesce(sum(r.interest), 0) AS interest,
                 coalesce(sum(moved.amount), 0) AS moved,
                 coalesce(bool_and(moved.amount = r.principal + r.interest), true) AS is_each
          FROM accounts_curerepayment AS r
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(t.amount), 0) AS amount
            FROM accounts_transfer AS t JOIN accounts_account AS a ON a.id = t.credit_id
            WHERE t.subject_id = r.id AND t.purpose = 'CURE_REPAID' AND a.kind = 'COLLATERAL'
              AND a.provider_id = m.cured_by_id
          ) AS moved
          WHERE r.margin_call_id = m.id
        ) AS repaid
        WHERE (NOT repaid.is_each
               OR m."left" <> CASE WHEN m.cured_by_id IS NULL THEN 0 ELSE m.amount END - repaid.principal)
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
    "a cure earns the interest of its contract": """
        WITH stretches AS (
          SELECT m.id, m.venue_id, r.repaid_at, r.principal, asset.scale, coalesce(c.cure_interest_bps, 0) AS bps,
                 sum(r.interest) OVER so_far AS interest,
                 extract(epoch FROM least(r.repaid_at, m.repay_by)
                                     - lag(least(r.repaid_at, m.repay_by), 1, m.cured_at) OVER so_far) * (
                   m.amount - coalesce(sum(r.principal) OVER (
                     PARTITION BY m.id ORDER BY r.repaid_at
                     RANGE BETWEEN UNBOUNDED PRECEDING AND '1 microsecond' PRECEDING), 0)) AS lent_for
          FROM accounts_curerepayment AS r
          JOIN accounts_margincall AS m ON m.id = r.margin_call_id
          JOIN accounts_cover AS c ON c.id = m.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
          WINDOW so_far AS (PARTITION BY m.id ORDER BY r.repaid_at)
        ), earned AS (
          SELECT s.*, sum(lent_for * bps) OVER (PARTITION BY id ORDER BY repaid_at) AS earned,
                 10000 * 31536000::numeric AS a_year
          FROM stretches AS s
        )
        SELECT format('margin call %%s: %%s of interest was repaid by %%s', e.id, e.interest, e.repaid_at)
        FROM earned AS e
        WHERE (e.interest * e.a_year > e.earned
               OR e.principal > 0 AND (e.interest + 10 ^ -e.scale::numeric) * e.a_year <= e.earned)
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
}
