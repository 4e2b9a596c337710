"""The audit of covers: what their insurers have held for what they may have to pay."""

CHECKS = {
    "an insurer holds its part of a cover": """
        SELECT format('cover %%s: %%s has %%s held, its part asks for %%s', c.id, s.provider_id, s.held, asked.amount)
        FROM accounts_cover AS c
        JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_covershare AS s ON s.cover_id = c.id
        CROSS JOIN LATERAL (
          SELECT CASE WHEN c.state IN ('ACTIVE', 'RUNOFF') THEN ceil(
            floor(least(c."limit", c.aggregate) * c.quota_share * (1 - c.copay) * 10 ^ asset.scale::numeric)
              * s.parts / 10000 * c.funding_rate
          ) / 10 ^ asset.scale::numeric ELSE 0 END AS amount
        ) AS asked
        WHERE s.held <> asked.amount AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "the parts of a cover are all of it": """
        SELECT format('cover %%s: its insurers have %%s parts, not 10,000', c.id, sum(s.parts))
        FROM accounts_cover AS c JOIN accounts_covershare AS s ON s.cover_id = c.id
        WHERE %(venue)s::uuid IS NULL OR c.venue_id = %(venue)s
        GROUP BY c.id HAVING sum(s.parts) <> 10000
    """,
}
