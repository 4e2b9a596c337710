"""The audit of loss events: what they cost, and who paid that within which limits."""

CHECKS = {
    "a loss event is of the owners of its books, as it opened": """
        SELECT format('loss event %%s: of %%s, as it opened %%s, or "%%s"; its book %%s of %%s, or "%%s"', e.id,
                      e.groups, opened.groups, e.account, k.reference, k.owner_group_id, k.account)
        FROM accounts_lossevent AS e
        LEFT JOIN auctions_book AS k ON k.loss_event_id = e.id
        LEFT JOIN LATERAL (
          SELECT ARRAY(SELECT jsonb_array_elements_text(o.payload -> 'groups')::uuid) AS groups
          FROM backstop_event AS o WHERE o.subject_id = e.id AND o.kind = 'loss_event_opened'
        ) AS opened ON true
        WHERE (e.groups <> opened.groups OR e.cluster_id <> e.groups[1]
               OR k.id IS NOT NULL AND NOT CASE
                 WHEN k.owner_group_id IS NULL THEN e.cluster_id IS NULL AND k.account = e.account
                 ELSE k.owner_group_id = ANY (e.groups) END)
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "a loss is what an estate did not repay": """
        SELECT format('book %%s cost its loss event %%s, of it %%s advances; what moved says %%s and %%s', k.reference,
                      l.amount, l.advances, moved.advances + moved.debt, moved.advances)
        FROM accounts_lossaddend AS l
        JOIN auctions_book AS k ON k.id = l.subject_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE t.purpose WHEN 'ADVANCE' THEN t.amount WHEN 'ADVANCE_REPAID' THEN -t.amount END), 0)
                   AS advances,
                 coalesce(sum(t.amount) FILTER (WHERE t.purpose IN ('LOSS_PAID', 'DEBT_COVERED', 'DEBT_LOST')), 0)
                   AS debt
          FROM accounts_transfer AS t
          WHERE t.credit_id IN (k.estate_id, k.debt_id) OR t.debit_id = k.estate_id
        ) AS moved
        WHERE l.kind = 'BOOK'
          AND (l.loss_event_id, l.amount, l.advances)
              IS DISTINCT FROM (k.loss_event_id, moved.advances + moved.debt, moved.advances)
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "what the fund lost by take-overs is a loss of their event": """
        SELECT format('loss event %%s: take-overs in %%s cost %%s, it says %%s', e.id, lost.asset_id, lost.amount,
                      l.amount)
        FROM accounts_lossevent AS e
        CROSS JOIN LATERAL (
          SELECT o.asset_id, greatest(-sum(o.counted) - coalesce((
                   SELECT sum(t.amount) FROM accounts_transfer AS t
                   WHERE t.purpose = 'FUND_EDGE' AND t.subject_id IN (
                     SELECT p.award_id FROM auctions_takeover AS p JOIN auctions_book AS b ON b.id = p.book_id
                     WHERE b.loss_event_id = e.id AND p.asset_id = o.asset_id)), 0), 0) AS amount
          FROM auctions_takeover AS o JOIN auctions_book AS k ON k.id = o.book_id
          WHERE k.loss_event_id = e.id GROUP BY o.asset_id
        ) AS lost
        LEFT JOIN accounts_lossaddend AS l ON l.subject_id = e.id AND l.asset_id = lost.asset_id
        WHERE e.state = 'FINAL' AND coalesce(l.amount, 0) <> lost.amount
          AND e.final_at >= (SELECT min(created_at) FROM accounts_lossaddend) -- of events before, nothing was counted
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "a loss is paid exactly, or called for, once its event is final": """
        SELECT format('loss event %%s: of %%s in %%s layers paid %%s, %%s is called for', e.id, lost.amount,
                      lost.asset_id, paid.amount, called.amount)
        FROM accounts_lossevent AS e
        CROSS JOIN LATERAL (
          SELECT l.asset_id, sum(l.amount) AS amount FROM accounts_lossaddend AS l
          WHERE l.loss_event_id = e.id GROUP BY l.asset_id
        ) AS lost
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.amount), 0) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE (l.loss_event_id, l.asset_id) = (e.id, lost.asset_id)
        ) AS paid
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(a.amount - a.paid - a.recovered), 0) AS amount
          FROM accounts_assessment AS a JOIN accounts_obligation AS o ON o.id = a.obligation_id
          WHERE (o.loss_event_id, a.asset_id) = (e.id, lost.asset_id) AND a.state = 'DUE'
        ) AS called
        WHERE (lost.amount < paid.amount OR lost.amount <> paid.amount + called.amount AND e.state = 'FINAL')
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "no layer pays more of a loss than it is": """
        SELECT format('loss event %%s: of %%s by %%s layers paid %%s', l.loss_event_id, l.amount, l.subject_id,
                      paid.amount)
        FROM accounts_lossaddend AS l
        JOIN accounts_lossevent AS e ON e.id = l.loss_event_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.amount), 0) AS amount FROM accounts_losspayment AS p WHERE p.addend_id = l.id
        ) AS paid
        WHERE l.amount < paid.amount AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "nobody is called for more than it may be": """
        SELECT format('provider %%s is called for %%s, within 30 days for %%s; it had contributed %%s', a.provider_id,
                      a.amount, lately.amount, o.contribution)
        FROM accounts_assessment AS a
        JOIN accounts_obligation AS o ON o.id = a.obligation_id
        CROSS JOIN LATERAL (
          SELECT sum(b.amount - b.recovered) AS amount,
                 max(p.contribution) FILTER (WHERE b.called_at = a.called_at) AS contribution
          FROM accounts_assessment AS b JOIN accounts_obligation AS p ON p.id = b.obligation_id
          WHERE (b.provider_id, b.asset_id) = (a.provider_id, a.asset_id)
            AND b.called_at > a.called_at - interval '30 days' AND b.called_at <= a.called_at
        ) AS lately
        WHERE (a.amount > o.contribution OR lately.amount > 2 * lately.contribution)
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "what nobody paid, or nobody yet, stands in the venue's losses": """
        WITH stands AS (
          SELECT e.venue_id, l.asset_id, l.amount FROM accounts_lossaddend AS l
          JOIN accounts_lossevent AS e ON e.id = l.loss_event_id
          UNION ALL
          SELECT e.venue_id, l.asset_id, -p.amount FROM accounts_losspayment AS p
          JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          JOIN accounts_lossevent AS e ON e.id = l.loss_event_id
          WHERE p.layer <> 'UNALLOCATED'
          UNION ALL
          SELECT e.venue_id, r.asset_id, -b.amount FROM accounts_lossreturn AS b
          JOIN accounts_lossrecovery AS r ON r.id = b.recovery_id
          JOIN accounts_lossevent AS e ON e.id = r.loss_event_id
          WHERE b.layer = 'UNALLOCATED'
          UNION ALL
          SELECT f.venue_id, x.asset_id, -f.taken FROM accounts_allocationfill AS f
          JOIN accounts_lossallocation AS x ON x.id = f.allocation_id
          WHERE x.kind = 'CASH'
          UNION ALL
          SELECT a.venue_id, a.asset_id, t.amount FROM accounts_transfer AS t
          JOIN accounts_account AS a ON a.id = t.debit_id
          WHERE t.purpose = 'DEBT_LOST'
            AND NOT EXISTS (SELECT FROM accounts_lossaddend AS l WHERE l.subject_id = t.subject_id)
        )
        SELECT format('the losses account %%s stands at %%s, what nobody paid says %%s', a.id, a.posted,
                      -coalesce(sum(s.amount), 0))
        FROM accounts_account AS a
        JOIN backstop_asset AS k ON k.id = a.asset_id AND k.shadow_of_id IS NULL -- a drill's are emptied as it ends
        LEFT JOIN stands AS s ON (s.venue_id, s.asset_id) = (a.venue_id, a.asset_id)
        WHERE a.kind = 'LOSSES' AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
        GROUP BY a.id HAVING a.posted <> -coalesce(sum(s.amount), 0)
    """,
    "who is obliged pays in the layer that its bids say": """
        SELECT format('loss event %%s: %%s paid %%s in %%s, its bids were %%s', l.loss_event_id, p.provider_id,
                      p.amount, p.layer, o.quality)
        FROM accounts_losspayment AS p
        JOIN accounts_lossaddend AS l ON l.id = p.addend_id
        JOIN accounts_lossevent AS e ON e.id = l.loss_event_id
        LEFT JOIN accounts_obligation AS o
          ON (o.loss_event_id, o.provider_id, o.asset_id) = (l.loss_event_id, p.provider_id, l.asset_id)
        WHERE p.layer LIKE 'CONTRIBUTIONS_%%'
          AND p.layer IS DISTINCT FROM
              'CONTRIBUTIONS_' || CASE o.quality WHEN 'EXEMPT' THEN 'GOOD' ELSE o.quality END
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "nobody pays more of a loss event than it had contributed": """
        SELECT format('loss event %%s: %%s paid %%s by its contribution, which was %%s', e.id, o.provider_id,
                      paid.amount, o.contribution)
        FROM accounts_obligation AS o
        JOIN accounts_lossevent AS e ON e.id = o.loss_event_id
        CROSS JOIN LATERAL (
          SELECT sum(p.amount) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE (l.loss_event_id, l.asset_id, p.provider_id) = (o.loss_event_id, o.asset_id, o.provider_id)
            AND p.layer LIKE 'CONTRIBUTIONS_%%'
        ) AS paid
        WHERE paid.amount > o.contribution AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "who stood behind an event is obliged for what it owes, by what it had contributed": """
        WITH stood AS (
          SELECT e.id AS loss_event_id, c.provider_id, c.asset_id, c.amount
          FROM accounts_lossevent AS e JOIN accounts_contribution AS c ON c.guarantee_id = e.guarantee_id
          WHERE EXISTS (SELECT FROM accounts_obligation AS o WHERE (o.loss_event_id, o.asset_id) = (e.id, c.asset_id))
            AND NOT EXISTS (SELECT FROM accounts_providerdefault AS d
                            WHERE (d.loss_event_id, d.provider_id) = (e.id, c.provider_id))
        )
        SELECT format('loss event %%s is %%s: %%s is obliged by %%s, it had contributed %%s', e.id, e.state,
                      coalesce(o.provider_id, s.provider_id), o.contribution, s.amount)
        FROM accounts_obligation AS o
        FULL JOIN stood AS s
          ON (s.loss_event_id, s.provider_id, s.asset_id) = (o.loss_event_id, o.provider_id, o.asset_id)
        JOIN accounts_lossevent AS e ON e.id = coalesce(o.loss_event_id, s.loss_event_id)
        WHERE (o.contribution IS DISTINCT FROM s.amount OR e.state <> 'FINAL')
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "what layers paid is what was moved": """
        WITH said AS (
          SELECT l.loss_event_id, l.subject_id, l.asset_id,
                 CASE WHEN p.layer IN ('DEFAULTER', 'ASSESSMENTS', 'COVERS') THEN 'COLLATERAL'
                      WHEN p.layer = 'COPAYMENT' AND p.provider_id IS NOT NULL THEN 'COLLATERAL'
                      WHEN p.layer = 'COPAYMENT' THEN 'FUND'
                      WHEN p.layer = 'DEFAULTER_CONTRIBUTION' OR p.layer LIKE 'CONTRIBUTIONS_%%' THEN 'CONTRIBUTION'
                      ELSE p.layer END AS kind,
                 p.provider_id, sum(p.amount) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE p.layer NOT IN ('FUND', 'UNALLOCATED') OR p.layer = 'FUND' AND p.claim_id IS NOT NULL
          GROUP BY l.id, 4, p.provider_id
        ), moved AS (
          SELECT t.subject_id, a.venue_id, a.asset_id, a.kind, a.provider_id, sum(t.amount) AS amount
          FROM accounts_transfer AS t JOIN accounts_account AS a ON a.id = t.debit_id
          WHERE t.purpose IN ('LOSS_PAID', 'EVENT_DEBT_PAID') GROUP BY t.subject_id, a.id
        )
        SELECT format('for %%s the %%s account of %%s paid %%s, its payments say %%s',
                      coalesce(moved.subject_id, said.subject_id), coalesce(moved.kind, said.kind),
                      coalesce(moved.provider_id, said.provider_id), moved.amount, said.amount)
        FROM moved
        FULL JOIN said ON (said.subject_id, said.asset_id, said.kind) = (moved.subject_id, moved.asset_id, moved.kind)
          AND said.provider_id IS NOT DISTINCT FROM moved.provider_id
        LEFT JOIN accounts_lossevent AS e ON e.id = said.loss_event_id
        WHERE moved.amount IS DISTINCT FROM said.amount
          AND (%(venue)s::uuid IS NULL OR coalesce(moved.venue_id, e.venue_id) = %(venue)s)
    """,
    "what came back went to who had paid": """
        SELECT format('loss event %%s: of %%s that came back %%s moved, %%s had it back', r.loss_event_id, r.amount,
                      moved.amount, returned.amount)
        FROM accounts_lossrecovery AS r
        JOIN accounts_lossevent AS e ON e.id = r.loss_event_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount FROM accounts_transfer AS t
          WHERE t.subject_id = r.id AND t.purpose = 'RECOVERED'
        ) AS moved
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(b.amount), 0) AS amount,
                 coalesce(sum(b.amount) FILTER (WHERE b.fill_id IS NOT NULL), 0) AS to_accounts
          FROM accounts_lossreturn AS b WHERE b.recovery_id = r.id
        ) AS returned
        WHERE (r.amount, r.amount) IS DISTINCT FROM (
                moved.amount + CASE WHEN r.assessment_id IS NULL THEN returned.to_accounts ELSE 0 END, returned.amount)
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "no layer pays beyond its limits": """
        WITH paid AS (
          SELECT e.id AS event_id, e.venue_id, e.plan_id, e.opened_at, l.asset_id, p.layer,
                 sum(p.amount) - coalesce((
                   SELECT sum(b.amount) FROM accounts_lossreturn AS b
                   JOIN accounts_lossrecovery AS r ON r.id = b.recovery_id
                   WHERE (r.loss_event_id, r.asset_id, b.layer) = (e.id, l.asset_id, p.layer)), 0) AS amount
          FROM accounts_losspayment AS p
          JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          JOIN accounts_lossevent AS e ON e.id = l.loss_event_id
          GROUP BY e.id, l.asset_id, p.layer
        )
        SELECT format('loss event %%s: %%s paid %%s, within 24 hours %%s; its limits are %%s and %%s', one.event_id,
                      one.layer, one.amount, day.amount, y.per_event, y.per_24h)
        FROM paid AS one
        JOIN accounts_losslayer AS y ON y.plan_id = one.plan_id AND y.kind = one.layer
        CROSS JOIN LATERAL (
          SELECT sum(other.amount) AS amount FROM paid AS other
          WHERE (other.plan_id, other.asset_id, other.layer) = (one.plan_id, one.asset_id, one.layer)
            AND other.opened_at > one.opened_at - interval '24 hours' AND other.opened_at <= one.opened_at
        ) AS day
        WHERE (one.amount > y.per_event OR day.amount > y.per_24h)
          AND (%(venue)s::uuid IS NULL OR one.venue_id = %(venue)s)
    """,
}
