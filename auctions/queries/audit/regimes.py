"""The audit of regimes: that they moved as they may, and are what was said of their markets last.

Conditions are kept as they were reported last alone: that no report between two changes should have changed more is not
computed again.
"""

CHECKS = {
    "a market's regime moves by one step, and is stressed for its time": """
        WITH moves AS (
          SELECT m.product_group_id, m.regime, m.began_at, m.created_at,
                 coalesce(lag(m.regime) OVER told, 'CALM') AS former, lag(m.began_at) OVER told AS since
          FROM auctions_pastregime AS m
          WINDOW told AS (PARTITION BY m.product_group_id ORDER BY m.created_at, m.began_at)
        )
        SELECT format('market %%s: %%s since %%s, and %%s from %%s on', g.code, moves.former, moves.since, moves.regime,
                      moves.began_at)
        FROM moves JOIN backstop_productgroup AS g ON g.id = moves.product_group_id
        CROSS JOIN LATERAL ( -- what is reported is of up to five seconds ago, and goes by the newest playbook of then
          SELECT make_interval(secs => min(p.dwell_seconds) - 5) AS at_least FROM auctions_playbook AS p
          WHERE p.venue_id = g.venue_id AND p.created_at <= moves.created_at AND NOT EXISTS (
            SELECT FROM auctions_playbook AS newer
            WHERE newer.venue_id = p.venue_id AND newer.version > p.version
              AND newer.created_at <= moves.began_at - interval '5 seconds')
        ) AS dwell
        WHERE ((moves.former, moves.regime) = ('HALTED', 'CALM')
               OR (moves.former, moves.regime) = ('STRESSED', 'CALM')
                  AND moves.began_at - moves.since < dwell.at_least)
          AND (%(venue)s::uuid IS NULL OR g.venue_id = %(venue)s)
    """,
    "a market is calm, stressed or halted by what was said of it last": """
        SELECT format('market %%s: %%s since %%s; it was %%s before, reports at %%s say %%s, a breaker halts it: %%s',
                      g.code, m.regime, m.began_at, past.regime, m.reported_at, said.regime, breaker.halts)
        FROM auctions_marketregime AS m
        JOIN backstop_productgroup AS g ON g.id = m.product_group_id
        CROSS JOIN LATERAL (
          SELECT EXISTS (
            SELECT FROM auctions_breaker AS b
            WHERE b.venue_id = m.venue_id AND b.level = 3 AND b.auction_id IS NULL
              AND coalesce(b.product_group_id, g.id) = g.id
          ) AS halts
        ) AS breaker
        -- a playbook that came with the report may, or may not, have counted for it: then it says nothing
        LEFT JOIN LATERAL (
          SELECT p.*, m.reported_at + make_interval(secs => p.max_gap_seconds) AS silent_at
          FROM auctions_playbook AS p WHERE p.venue_id = m.venue_id AND p.created_at < m.reported_at
            AND NOT EXISTS (
              SELECT FROM auctions_playbook AS newer
              WHERE newer.venue_id = p.venue_id AND newer.version > p.version
                AND newer.created_at <= m.reported_at + interval '10 seconds')
        ) AS y ON true
        CROSS JOIN LATERAL (
          SELECT CASE
            WHEN m.depth <= y.stressed_depth OR m.spread_bps >= y.stressed_spread_bps
              OR m.volatility_bps >= y.stressed_volatility_bps OR m.stale_share * 100 >= y.stressed_stale_percent
              THEN 'STRESSED'
            WHEN coalesce(m.depth * y.calm_percent > y.stressed_depth * 100, true)
              AND coalesce(m.spread_bps * 100 < y.stressed_spread_bps * y.calm_percent, true)
              AND coalesce(m.volatility_bps * 100 < y.stressed_volatility_bps * y.calm_percent, true)
              AND coalesce(m.stale_share * 10000 < y.stressed_stale_percent * y.calm_percent, true)
              AND m.reported_at - m.began_at >= make_interval(secs => y.dwell_seconds)
              THEN 'CALM'
            END AS regime
        ) AS said
        CROSS JOIN LATERAL (
          SELECT coalesce((
            SELECT o.regime FROM auctions_pastregime AS o WHERE o.product_group_id = g.id
              AND NOT (m.regime = 'CALM' AND o.began_at >= y.silent_at)
            ORDER BY o.created_at DESC, o.began_at DESC LIMIT 1), 'CALM') AS regime
        ) AS past
        WHERE (m.regime <> past.regime OR (m.regime = 'HALTED') <> breaker.halts
               OR m.regime <> 'HALTED' AND m.regime <> said.regime)
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
}
