"""The audit of covers: what their insurers have held for what they may have to pay."""

CHECKS = {
    "an insurer holds its part of a cover": """
        SELECT format('cover %%s: %%s has %%s held, its part asks for %%s', c.id, s.provider_id, s.held, asked.amount)
        FROM accounts_cover AS c
        JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_covershare AS s ON s.cover_id = c.id
        CROSS JOIN LATERAL (
          SELECT CASE WHEN c.state IN ('ACTIVE', 'SUSPENDED', 'RUNOFF') THEN ceil(
            floor(least(c."limit", c.aggregate) * c.quota_share * (1 - c.copay) * 10 ^ asset.scale::numeric)
              * s.parts / 10000 * c.funding_rate
          ) / 10 ^ asset.scale::numeric ELSE 0 END AS amount
        ) AS asked
        WHERE s.held <> asked.amount AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "what a cover was charged is what its insurers earned": """
        SELECT format('cover %%s: %%s charged, %%s moved, its insurers earned %%s', p.cover_id, p.charged, moved.amount,
                      earned.amount)
        FROM accounts_coverpremium AS p
        JOIN accounts_cover AS c ON c.id = p.cover_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount FROM accounts_transfer AS t
          WHERE t.debit_id = p.account_id AND t.purpose = 'PREMIUM'
        ) AS moved
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(s.earned), 0) AS amount FROM accounts_covershare AS s WHERE s.cover_id = p.cover_id
        ) AS earned
        WHERE (p.charged, p.charged) IS DISTINCT FROM (moved.amount, earned.amount)
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "no cover is charged, or owes, more than accrued": """
        WITH stretches AS (
          SELECT r.premium_id, r.rate_bps * r."limit" AS a_year, r.starts_at,
                 lead(r.starts_at, 1, greatest(c.ends_at, r.starts_at))
                   OVER (PARTITION BY r.premium_id ORDER BY r.starts_at)
                   AS ends_at
          FROM accounts_coverrate AS r
          JOIN accounts_coverpremium AS p ON p.id = r.premium_id JOIN accounts_cover AS c ON c.id = p.cover_id
        ), accrued AS (
          SELECT premium_id, sum(a_year * extract(epoch FROM greatest(least(ends_at, backstop_now()) - starts_at, '0')))
                   / 10000 / 31536000 AS amount
          FROM stretches GROUP BY premium_id
        )
        SELECT format('cover %%s: %%s charged and %%s owed, %%s accrued', c.id, p.charged, p.owed,
                      coalesce(accrued.amount, 0))
        FROM accounts_coverpremium AS p
        JOIN accounts_cover AS c ON c.id = p.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        LEFT JOIN accrued ON accrued.premium_id = p.id
        WHERE p.charged + p.owed >= coalesce(accrued.amount, 0) + 10 ^ -asset.scale::numeric
          AND p.charged + p.owed > 0
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "the parts of a cover are all of it": """
        SELECT format('cover %%s: its insurers have %%s parts, not 10,000', c.id, sum(s.parts))
        FROM accounts_cover AS c JOIN accounts_covershare AS s ON s.cover_id = c.id
        WHERE %(venue)s::uuid IS NULL OR c.venue_id = %(venue)s
        GROUP BY c.id HAVING sum(s.parts) <> 10000
    """,
}
