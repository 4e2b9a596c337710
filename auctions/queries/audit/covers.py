"""The audit of covers: what their insurers have held for what they may have to pay."""

# Which of the limits that a cover had counts for an event: the newest that was known as it opened.
_COUNTING = """
        SELECT coalesce((
          SELECT l."limit" FROM accounts_coveredlimit AS l
          WHERE l.cover_id = c.id AND greatest(l.starts_at, l.known_at) <= {instant}
          ORDER BY l.starts_at DESC LIMIT 1
        ), c."limit") AS amount
"""
_NOW = _COUNTING.format(instant="backstop_now()")
_AT_OPENING = _COUNTING.format(instant="event.opened_at")

# Whether cover c was suspended then, or waited anew after it was so for want of premium.
UNINSURED = """
            EXISTS (
              SELECT FROM accounts_coversuspension AS g WHERE g.cover_id = c.id AND g.starts_at <= {instant}
                AND (g.ends_at IS NULL OR {instant} < g.ends_at + make_interval(
                  secs => CASE WHEN g.is_unpaid THEN c.waiting_seconds ELSE 0 END)))
"""

# What the claims of cover c use of its aggregate, nothing for what its insurers never pay of them; and what is open.
_CLAIMED = """
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(m.counted - trunc(
                   CASE m.state WHEN 'CLOSED' THEN m.insured - m.paid ELSE m.refused END
                   / (c.quota_share * (1 - c.copay)), asset.scale)), 0) AS used,
                 coalesce(sum(m.insured - m.refused - m.paid) FILTER (WHERE m.state <> 'CLOSED'), 0) AS open
          FROM accounts_claim AS m WHERE m.cover_id = c.id
        ) AS claimed
"""

CHECKS = {
    "an insurer holds its part of a cover": f"""
        SELECT format('cover %%s: %%s has %%s held and lacks %%s, its part asks for %%s', c.id, s.provider_id, s.held,
                      s.lacking, asked.amount)
        FROM accounts_cover AS c
        JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_covershare AS s ON s.cover_id = c.id
        {_CLAIMED}
        CROSS JOIN LATERAL (
          SELECT CASE WHEN c.state IN ('ACTIVE', 'SUSPENDED')
                      THEN coalesce(c.repo_limit, 0) - coalesce(sum(m."left" + m.written_off), 0) ELSE 0 END AS amount
          FROM accounts_repo AS m WHERE m.cover_id = c.id
        ) AS line
        CROSS JOIN LATERAL ({_NOW}) AS covered_now
        -- an event that is open keeps the limit of its opening, if the cover stands for it and its plan asks covers
        CROSS JOIN LATERAL (
          SELECT greatest(covered_now.amount, max(counting.amount)) AS "limit"
          FROM accounts_lossevent AS event CROSS JOIN LATERAL ({_AT_OPENING}) AS counting
          WHERE event.venue_id = c.venue_id AND event.state <> 'FINAL'
            AND event.opened_at >= c.covers_from AND event.opened_at < least(c.ends_at, c.exhausted_at)
            AND c.account IN ('', event.account) AND (c.group_id IS NULL OR c.group_id = ANY (event.groups))
            AND NOT {UNINSURED.format(instant="event.opened_at")}
            AND (event.plan_id IS NULL OR EXISTS (
              SELECT FROM accounts_losslayer AS y WHERE y.plan_id = event.plan_id AND y.kind = 'COVERS'))
        ) AS covered
        CROSS JOIN LATERAL (
          SELECT CASE WHEN c.state IN ('ACTIVE', 'SUSPENDED', 'EXHAUSTED', 'RUNOFF') THEN ceil(
            (floor(greatest(least(covered."limit", c.aggregate - claimed.used), 0) * c.quota_share * (1 - c.copay)
                     * 10 ^ asset.scale::numeric)
             + (claimed.open + line.amount) * 10 ^ asset.scale::numeric)
              * s.parts / 10000 * c.funding_rate
          ) / 10 ^ asset.scale::numeric ELSE 0 END AS amount
        ) AS asked
        WHERE s.held + s.lacking <> asked.amount
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "what claims use of a cover is noted": f"""
        SELECT format('cover %%s: claims use %%s of its aggregate, and %%s is noted', c.id, claimed.used, noted.used)
        FROM accounts_cover AS c JOIN backstop_asset AS asset ON asset.id = c.asset_id
        {_CLAIMED}
        CROSS JOIN LATERAL (
          SELECT coalesce((SELECT u.used FROM accounts_coveruse AS u WHERE u.cover_id = c.id
                           ORDER BY u.number DESC LIMIT 1), 0) AS used
        ) AS noted
        WHERE claimed.used <> noted.used AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "a rate is what its premium makes of regime, rating and use": """
        SELECT format('cover %%s: %%s bps for %%s from %%s on; its contract makes %%s, and %%s was used', p.cover_id,
                      r.rate_bps, r."limit", r.starts_at, made.rate_bps, noted.used)
        FROM accounts_coverrate AS r
        JOIN accounts_coverpremium AS p ON p.id = r.premium_id JOIN accounts_cover AS c ON c.id = p.cover_id
        JOIN accounts_coverfactor AS by_regime ON (by_regime.premium_id, by_regime.name) = (p.id, r.regime)
        JOIN accounts_coverfactor AS by_rating ON (by_rating.premium_id, by_rating.name) = (p.id, r.bucket)
        CROSS JOIN LATERAL ( -- before that instant, and at it
          SELECT array_agg(u.used) AS used
          FROM (SELECT c.id AS cover_id, 0 AS number, c.created_at AS since, 0::numeric AS used
                UNION ALL SELECT cover_id, number, since, used FROM accounts_coveruse WHERE cover_id = c.id) AS u
          WHERE u.since <= r.starts_at AND u.number >= coalesce((
            SELECT max(b.number) FROM accounts_coveruse AS b
            WHERE b.cover_id = c.id AND b.since < r.starts_at), 0)
        ) AS noted
        CROSS JOIN LATERAL (
          SELECT CASE WHEN u.use <= p.kink THEN p.unused + (p.at_kink - p.unused) * u.use / p.kink
                      ELSE p.at_kink + (p.used_up - p.at_kink) * (u.use - p.kink) / (1 - p.kink) END AS factor
          FROM (SELECT least(r.used / c.aggregate, 1) AS use) AS u
        ) AS by_use
        CROSS JOIN LATERAL (
          SELECT p.base_bps * by_regime.factor * by_rating.factor * by_use.factor AS asked, (
            SELECT b.rate_bps FROM accounts_coverrate AS b
            WHERE b.premium_id = p.id AND b.starts_at <= r.starts_at - interval '1 day'
            ORDER BY b.starts_at DESC LIMIT 1) AS day_before
        ) AS rated
        CROSS JOIN LATERAL (
          SELECT least(greatest(coalesce(
                   least(greatest(rated.asked, rated.day_before - p.max_step_bps), rated.day_before + p.max_step_bps),
                   rated.asked), p.floor_bps), p.cap_bps) AS rate_bps
        ) AS made
        WHERE (abs(r.rate_bps - made.rate_bps) > 0.00005 OR r.used <> ALL (noted.used)
               OR (r.regime_factor, r.rating_factor) IS DISTINCT FROM (by_regime.factor, by_rating.factor)
               OR r."limit" > c.aggregate - r.used)
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
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
        ), standing AS ( -- while something may be drawn: what is not is paid for
          SELECT c.id, c.repo_limit, c.active_at AS since,
                 least(c.ends_at, c.exhausted_at, backstop_now()) AS until,
                 coalesce((SELECT range_agg(tstzrange(g.starts_at, g.ends_at)) FROM accounts_coversuspension AS g
                           WHERE g.cover_id = c.id), '{}') AS suspended
          FROM accounts_cover AS c WHERE c.repo_limit IS NOT NULL AND c.active_at IS NOT NULL
        ), lines AS (
          SELECT s.id, s.repo_limit AS amount, s.since FROM standing AS s
          UNION ALL SELECT m.cover_id, -m.amount, m.drawn_at FROM accounts_repo AS m
          UNION ALL SELECT m.cover_id, r.principal, r.repaid_at
          FROM accounts_reporepayment AS r JOIN accounts_repo AS m ON m.id = r.repo_id
        ), fees AS (
          SELECT s.id, sum(l.amount * (
              SELECT coalesce(sum(extract(epoch FROM upper(free) - lower(free))), 0)
              FROM unnest(tstzmultirange(tstzrange(l.since, greatest(s.until, l.since))) - s.suspended) AS free
            )) / 10000 / 31536000 AS amount
          FROM standing AS s JOIN lines AS l ON l.id = s.id GROUP BY s.id
        )
        SELECT format('cover %%s: %%s charged and %%s owed, %%s accrued', c.id, p.charged, p.owed, all_of_it.amount)
        FROM accounts_coverpremium AS p
        JOIN accounts_cover AS c ON c.id = p.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        LEFT JOIN accrued ON accrued.premium_id = p.id
        LEFT JOIN fees ON fees.id = c.id
        CROSS JOIN LATERAL (
          SELECT coalesce(accrued.amount, 0) + coalesce(fees.amount * c.repo_fee_bps, 0) AS amount
        ) AS all_of_it
        WHERE p.charged + p.owed >= all_of_it.amount + 10 ^ -asset.scale::numeric
          AND p.charged + p.owed > 0
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "a limit is what its level says, and falls after a notice": """
        SELECT format('cover %%s: %%s of %%s covered from %%s on', c.id, l."limit", c."limit", l.starts_at)
        FROM (
          SELECT *, lag("limit") OVER (PARTITION BY cover_id ORDER BY starts_at) AS before
          FROM accounts_coveredlimit
        ) AS l
        JOIN accounts_cover AS c ON c.id = l.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_coverpremium AS p ON p.cover_id = c.id
        WHERE (
            l.level IS DISTINCT FROM (c.levels -> l.regime ->> l.bucket)::numeric
            OR l."limit" <> floor(c."limit" * l.level * 10 ^ asset.scale::numeric) / 10 ^ asset.scale::numeric
            OR NOT EXISTS (
              SELECT FROM accounts_coverrate AS r
              WHERE r.premium_id = p.id AND r.starts_at <= l.starts_at AND (r.regime, r.bucket) = (l.regime, l.bucket)
            )
            OR l."limit" < l.before AND EXISTS (
              SELECT FROM ( -- what was in force counts until it is told that less is asked for
                SELECT r.starts_at, (c.levels -> r.regime ->> r.bucket)::numeric AS level,
                       lead(coalesce(r.known_at, r.starts_at)) OVER (ORDER BY r.starts_at) AS told_at
                FROM accounts_coverrate AS r WHERE r.premium_id = p.id
              ) AS rated
              WHERE rated.starts_at < l.starts_at AND rated.level > l.level
                AND rated.told_at > l.starts_at - make_interval(secs => c.notice_seconds)
            )
          )
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "a claim is what its cover says of what its event cost": f"""
        SELECT format('claim %%s: of %%s %%s is counted and %%s insured; the cover says %%s and %%s', m.id, unl.amount,
                      m.counted, m.insured, said.layer, said.insured)
        FROM accounts_claim AS m
        JOIN accounts_cover AS c ON c.id = m.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_lossevent AS event ON event.id = m.loss_event_id
        CROSS JOIN LATERAL ({_AT_OPENING}) AS counting
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(l.amount), 0) AS amount FROM accounts_lossaddend AS l
          WHERE (l.loss_event_id, l.asset_id) = (m.loss_event_id, c.asset_id)
        ) AS unl
        CROSS JOIN LATERAL (
          SELECT layer, floor(layer * c.quota_share * (1 - c.copay) * 10 ^ asset.scale::numeric)
                   / 10 ^ asset.scale::numeric AS insured
          FROM (SELECT least(greatest(unl.amount - c.attachment, 0), counting.amount) AS layer) AS one
        ) AS said
        WHERE (m.counted > said.layer OR m.insured > said.insured
               OR m.state <> 'CLOSED' AND m.counted < said.layer AND c.aggregate > (
                 SELECT sum(o.counted) FROM accounts_claim AS o WHERE o.cover_id = c.id))
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "a cover pays of events of whom it protects, and these beside it": """
        SELECT format('cover %%s of %%s, or "%%s": its claim is of loss event %%s, of %%s, or "%%s"; beside it %%s',
                      c.id, c.group_id, c.account, e.id, e.groups, e.account, beside.provider_id)
        FROM accounts_claim AS m
        JOIN accounts_cover AS c ON c.id = m.cover_id JOIN accounts_lossevent AS e ON e.id = m.loss_event_id
        LEFT JOIN accounts_losspayment AS beside
          ON beside.claim_id = m.id AND beside.layer = 'COPAYMENT' AND beside.provider_id IS NOT NULL
            AND beside.provider_id <> ALL (e.providers)
        WHERE (c.venue_id <> e.venue_id OR c.account NOT IN ('', e.account) OR beside.id IS NOT NULL
               OR c.group_id IS NOT NULL AND c.group_id <> ALL (e.groups))
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "a cover is exhausted by claims alone": f"""
        SELECT format('cover %%s: exhausted at %%s, and claims used %%s of %%s', c.id, c.exhausted_at, claimed.used,
                      c.aggregate)
        FROM accounts_cover AS c JOIN backstop_asset AS asset ON asset.id = c.asset_id
        {_CLAIMED}
        WHERE (claimed.used > c.aggregate OR c.exhausted_at IS NOT NULL AND claimed.used < c.aggregate)
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "what claims paid is what their insurers paid": """
        SELECT format('cover %%s: its claims paid %%s and %%s beside, payments say %%s and %%s, its insurers %%s', c.id,
                      claimed.paid, claimed.copaid, moved.paid, moved.copaid, insurers.paid)
        FROM accounts_cover AS c
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(m.paid), 0) AS paid, coalesce(sum(m.copaid), 0) AS copaid
          FROM accounts_claim AS m WHERE m.cover_id = c.id
        ) AS claimed
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.amount) FILTER (WHERE p.layer = 'COVERS'), 0) AS paid,
                 coalesce(sum(p.amount) FILTER (WHERE p.layer = 'COPAYMENT'), 0) AS copaid
          FROM accounts_losspayment AS p JOIN accounts_claim AS m ON m.id = p.claim_id WHERE m.cover_id = c.id
        ) AS moved
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(s.paid), 0) AS paid FROM accounts_covershare AS s WHERE s.cover_id = c.id
        ) AS insurers
        WHERE (claimed.paid, claimed.copaid, claimed.paid) IS DISTINCT FROM (moved.paid, moved.copaid, insurers.paid)
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "the parts of a cover are all of it": """
        SELECT format('cover %%s: its insurers have %%s parts, not 10,000', c.id, sum(s.parts))
        FROM accounts_cover AS c JOIN accounts_covershare AS s ON s.cover_id = c.id
        WHERE %(venue)s::uuid IS NULL OR c.venue_id = %(venue)s
        GROUP BY c.id HAVING sum(s.parts) <> 10000
    """,
}
