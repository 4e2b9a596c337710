"""The audit of service: that who stood ready had the money for it, and that months are their days and were paid so."""

from auctions.models.service import NOTES_KEPT

CHECKS = {
    "what was free of collateral is told without a gap": """
        WITH told AS (
          SELECT f.*, lead(f.was, 1, CASE WHEN n.until <= backstop_now() THEN f.free ELSE a.posted - a.held END)
                      OVER of_account AS after
          FROM accounts_freecollateral AS f
          JOIN accounts_account AS a ON a.id = f.account_id
          JOIN accounts_notedasset AS n ON n.asset_id = a.asset_id
          WHERE f.created_at >= n.since AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
          WINDOW of_account AS (PARTITION BY f.account_id ORDER BY f.id)
        )
        SELECT format('account %%s: %%s were free after %%s, and then %%s', account_id, free, created_at, after)
        FROM told WHERE free <> after
    """,
    "what was held is told without a gap": """
        WITH told AS (
          SELECT q.*, lead(q.was, 1, CASE WHEN n.until <= backstop_now() THEN q.quantity ELSE abs(h.quantity) END)
                      OVER of_holding AS after
          FROM accounts_heldquantity AS q
          JOIN accounts_holding AS h ON h.id = q.holding_id
          CROSS JOIN LATERAL (
            SELECT n.since, n.until FROM accounts_notedasset AS n JOIN backstop_asset AS a ON a.id = n.asset_id
            WHERE a.venue_id = h.venue_id ORDER BY n.until DESC NULLS FIRST, n.since LIMIT 1
          ) AS n
          WHERE q.created_at >= n.since AND (%(venue)s::uuid IS NULL OR h.venue_id = %(venue)s)
          WINDOW of_holding AS (PARTITION BY q.holding_id ORDER BY q.id)
        )
        SELECT format('holding %%s: %%s were held after %%s, and then %%s', holding_id, quantity, created_at, after)
        FROM told WHERE quantity <> after
    """,
    "what stood ready was backed by collateral": f"""
        WITH spans AS (
          SELECT account_id, created_at AS since,
                 lead(created_at, 1, 'infinity'::timestamptz) OVER (PARTITION BY account_id ORDER BY id) AS until, free
          FROM accounts_freecollateral
          UNION ALL
          (SELECT DISTINCT ON (account_id) account_id, '-infinity'::timestamptz, created_at, was
           FROM accounts_freecollateral ORDER BY account_id, id)
        ), days AS (
          SELECT s.provider_id, h.asset_id, d.venue_id, d.day, d.day::timestamp AT TIME ZONE 'UTC' AS begins,
                 max(s.present_seconds) AS present, sum(s.capacity * least_hold.rate) AS needed
          FROM auctions_servicescore AS s
          JOIN auctions_serviceday AS d ON d.id = s.day_id
          JOIN auctions_feeschedule AS h ON h.id = s.schedule_id
          CROSS JOIN LATERAL (
            SELECT min(CASE WHEN i.kind = 'SPOT' THEN 1 + r.rate WHEN r.rate = 0 THEN 1 ELSE r.rate END) AS rate
            FROM backstop_instrument AS i
            CROSS JOIN LATERAL (
              SELECT i.margin_rate AS rate
              UNION ALL SELECT t.margin_rate FROM backstop_instrumentterms AS t WHERE t.instrument_id = i.id
            ) AS r
            WHERE i.product_group_id = h.product_group_id AND i.settlement_asset_id = h.asset_id
          ) AS least_hold
          WHERE (%(venue)s::uuid IS NULL OR d.venue_id = %(venue)s)
            AND d.day > (SELECT max(day) FROM auctions_serviceday WHERE venue_id = d.venue_id) - {NOTES_KEPT.days}
          GROUP BY s.provider_id, h.asset_id, d.id
        )
        SELECT format('provider %%s on %%s: present for %%s s with %%s of collateral at least; there was some for '
                      '%%s s, and %%s in the mean', days.provider_id, days.day, days.present, days.needed, had.seconds,
                      had.mean)
        FROM days
        JOIN accounts_account AS a
          ON a.provider_id = days.provider_id AND a.asset_id = days.asset_id AND a.kind = 'COLLATERAL'
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(part.seconds) FILTER (WHERE part.free > 0), 0) AS seconds,
                 coalesce(sum(part.seconds * part.free), 0) / 86400 AS mean
          FROM (
            SELECT spans.free, extract(epoch FROM least(spans.until, days.begins + interval '1 day')
                                                  - greatest(spans.since, days.begins)) AS seconds
            FROM spans
            WHERE spans.account_id = a.id
              AND spans.since < days.begins + interval '1 day' AND spans.until > days.begins
          ) AS part
        ) AS had
        WHERE EXISTS (SELECT FROM spans WHERE spans.account_id = a.id)
          AND (days.present > had.seconds OR days.needed > had.mean)
    """,
    "a month of service is its days and answers": """
        SELECT format('statement %%s: present for %%s s, asked %%s, answered %%s, due %%s; its rows say %%s, %%s, %%s, '
                      '%%s', m.id, m.present_seconds, m.asked, m.answered, m.standby_due, days.present, answers.asked,
                      answers.answered, days.due)
        FROM auctions_servicestatement AS m
        JOIN auctions_feeschedule AS h ON h.id = m.schedule_id
        JOIN backstop_asset AS a ON a.id = h.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(s.present_seconds), 0) AS present,
                 trunc(coalesce(sum(s.capacity), 0) * h.standby_rate_bps / 3650000, a.scale) AS due
          FROM auctions_servicescore AS s JOIN auctions_serviceday AS d ON d.id = s.day_id
          WHERE s.provider_id = m.provider_id AND s.schedule_id = m.schedule_id
            AND d.day >= m.month AND d.day < m.month + interval '1 month'
        ) AS days
        CROSS JOIN LATERAL (
          SELECT count(*) AS asked, count(*) FILTER (WHERE w.answered) AS answered
          FROM auctions_serviceanswer AS w JOIN auctions_serviceday AS d ON d.id = w.day_id
          WHERE w.provider_id = m.provider_id AND w.schedule_id = m.schedule_id
            AND d.day >= m.month AND d.day < m.month + interval '1 month'
        ) AS answers
        WHERE (m.present_seconds, m.asked, m.answered, m.standby_due)
                <> (days.present, answers.asked, answers.answered, days.due)
          AND (%(venue)s::uuid IS NULL OR h.venue_id = %(venue)s)
    """,
    "service is paid as its statement says, within the budget": """
        SELECT format('statement %%s: paid %%s and %%s, moved %%s and %%s; of the budget %%s all were paid %%s', m.id,
                      m.standby_paid, m.rebates_paid, moved.standby, moved.rebates, h.budget, of_all.standby)
        FROM auctions_servicestatement AS m
        JOIN auctions_feeschedule AS h ON h.id = m.schedule_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount) FILTER (WHERE t.purpose = 'STANDBY_FEE'), 0) AS standby,
                 coalesce(sum(t.amount) FILTER (WHERE t.purpose = 'REBATE'), 0) AS rebates
          FROM accounts_transfer AS t WHERE t.subject_id = m.id
        ) AS moved
        CROSS JOIN LATERAL (
          SELECT sum(o.standby_paid) AS standby
          FROM auctions_servicestatement AS o WHERE o.schedule_id = m.schedule_id AND o.month = m.month
        ) AS of_all
        WHERE ((m.standby_paid, m.rebates_paid) <> (moved.standby, moved.rebates) OR of_all.standby > h.budget)
          AND (%(venue)s::uuid IS NULL OR h.venue_id = %(venue)s)
    """,
    "rebates are those of books, within their fees": """
        SELECT format('statement %%s: rebates due %%s, its books say %%s', m.id, m.rebates_due, sum_of.amount)
        FROM auctions_servicestatement AS m
        JOIN auctions_feeschedule AS h ON h.id = m.schedule_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(r.amount), 0) AS amount FROM auctions_servicerebate AS r WHERE r.statement_id = m.id
        ) AS sum_of
        WHERE m.rebates_due <> sum_of.amount AND (%(venue)s::uuid IS NULL OR h.venue_id = %(venue)s)
        UNION ALL
        SELECT format('book %%s: rebates of %%s, its fee was %%s', k.reference, sum(r.amount), k.fee)
        FROM auctions_servicerebate AS r JOIN auctions_book AS k ON k.id = r.book_id
        WHERE %(venue)s::uuid IS NULL OR k.venue_id = %(venue)s
        GROUP BY k.id HAVING sum(r.amount) > k.fee
    """,
}
