"""The audit of assessments: what providers were called for, paid in time or late, do not owe since it came back, or
never paid."""

CHECKS = {
    "what is paid of an assessment is what its provider paid": """
        SELECT format('assessment %%s: %%s of %%s is paid; in time %%s was, late %%s', a.id, a.paid, a.amount,
                      intime.amount, late.amount)
        FROM accounts_assessment AS a
        JOIN accounts_obligation AS o ON o.id = a.obligation_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.amount), 0) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE (l.loss_event_id, l.asset_id) = (o.loss_event_id, a.asset_id)
            AND (p.layer, p.provider_id) = ('ASSESSMENTS', a.provider_id)
        ) AS intime
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(r.amount), 0) AS amount FROM accounts_lossrecovery AS r WHERE r.assessment_id = a.id
        ) AS late
        WHERE a.paid <> intime.amount + late.amount AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "an assessment is over once nothing of it is owed, and overdue once its time is": """
        SELECT format('assessment %%s is %%s: of %%s %%s is paid and %%s came back, it was due by %%s', a.id, a.state,
                      a.amount, a.paid, a.recovered, a.due_by)
        FROM accounts_assessment AS a
        WHERE (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s) AND NOT CASE a.state
            WHEN 'DUE' THEN a.paid = 0 AND a.recovered < a.amount
            WHEN 'OVERDUE' THEN a.paid + a.recovered < a.amount AND a.held = 0 AND a.overdue_at >= a.due_by
            WHEN 'PAID' THEN a.paid = a.amount - a.recovered AND a.paid > 0 AND a.held = 0
            WHEN 'WRITTEN_OFF' THEN a.paid + a.recovered < a.amount AND a.held = 0 AND a.overdue_at >= a.due_by
            ELSE a.recovered = a.amount - a.paid AND a.recovered > 0 AND a.held = 0
          END
    """,
    "what is written off of an assessment is all that was never paid of it, long after it was due": """
        SELECT format('assessment %%s is %%s: of %%s %%s is paid, %%s came back and %%s is written off at %%s, overdue '
                      'since %%s', a.id, a.state, a.amount, a.paid, a.recovered, a.written_off, a.written_off_at,
                      a.overdue_at)
        FROM accounts_assessment AS a
        WHERE (a.written_off <> CASE a.state WHEN 'WRITTEN_OFF' THEN a.amount - a.paid - a.recovered ELSE 0 END
               OR (a.state = 'WRITTEN_OFF') <> coalesce(a.written_off_at >= a.overdue_at + interval '90 days', false))
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "what is written off somebody else bears": """
        SELECT format('%%s is written off of what providers were called for by loss event %%s, and %%s of it came to '
                      'nobody', w.amount, w.loss_event_id, nobodys.amount)
        FROM (
          SELECT o.loss_event_id, a.asset_id, a.venue_id, sum(a.written_off) AS amount
          FROM accounts_assessment AS a JOIN accounts_obligation AS o ON o.id = a.obligation_id
          WHERE a.written_off > 0 GROUP BY o.loss_event_id, a.asset_id, a.venue_id
        ) AS w
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.amount), 0) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE p.layer = 'UNALLOCATED' AND (l.loss_event_id, l.asset_id) = (w.loss_event_id, w.asset_id)
        ) AS nobodys
        WHERE nobodys.amount < w.amount AND (%(venue)s::uuid IS NULL OR w.venue_id = %(venue)s)
    """,
    "what is paid late is out of the money of who was called for it": """
        SELECT format('%%s was paid late of assessment %%s, %%s of it out of the money of %%s', r.amount, a.id,
                      moved.amount, a.provider_id)
        FROM accounts_lossrecovery AS r
        JOIN accounts_assessment AS a ON a.id = r.assessment_id
        JOIN accounts_obligation AS o ON o.id = a.obligation_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount
          FROM accounts_transfer AS t JOIN accounts_account AS c ON c.id = t.debit_id
          WHERE (t.subject_id, t.purpose) = (r.id, 'RECOVERED')
            AND c.kind IN ('COLLATERAL', 'CONTRIBUTION') AND (c.provider_id, c.asset_id) = (a.provider_id, a.asset_id)
        ) AS moved
        WHERE (r.amount, o.loss_event_id, a.asset_id) IS DISTINCT FROM (moved.amount, r.loss_event_id, r.asset_id)
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "nobody owes of an assessment what nobody lacks": """
        WITH called AS (
          SELECT a.*, o.loss_event_id,
                 CASE a.state WHEN 'DUE' THEN a.amount - a.recovered
                   ELSE a.paid - coalesce((
                     SELECT sum(b.amount) FROM accounts_lossreturn AS b
                     JOIN accounts_lossrecovery AS r ON r.id = b.recovery_id
                     WHERE (r.loss_event_id, r.asset_id) = (o.loss_event_id, a.asset_id)
                       AND (b.layer, b.provider_id) = ('ASSESSMENTS', a.provider_id)), 0)
                 END AS stakes
          FROM accounts_assessment AS a JOIN accounts_obligation AS o ON o.id = a.obligation_id
        ), together AS (
          SELECT c.loss_event_id, c.asset_id, sum(c.amount) AS called, sum(c.stakes) AS staked
          FROM called AS c GROUP BY c.loss_event_id, c.asset_id
        ), unpaid AS (
          SELECT l.loss_event_id, l.asset_id, sum(p.amount) - coalesce((
                   SELECT sum(b.amount) FROM accounts_lossreturn AS b
                   JOIN accounts_lossrecovery AS r ON r.id = b.recovery_id
                   WHERE (r.loss_event_id, r.asset_id) = (l.loss_event_id, l.asset_id)
                     AND b.layer IN ('UNALLOCATED', 'LOSS_ALLOCATION')), 0) AS amount
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          WHERE p.layer = 'UNALLOCATED' GROUP BY l.loss_event_id, l.asset_id
        )
        SELECT format('assessment %%s of %%s: its provider bears %%s and owes %%s; all were called for %%s, of that '
                      '%%s is to be borne', c.id, c.amount, c.stakes, c.amount - c.paid - c.recovered, g.called,
                      g.staked + coalesce(u.amount, 0))
        FROM called AS c
        JOIN together AS g ON (g.loss_event_id, g.asset_id) = (c.loss_event_id, c.asset_id)
        JOIN backstop_asset AS k ON k.id = c.asset_id
        LEFT JOIN unpaid AS u ON (u.loss_event_id, u.asset_id) = (c.loss_event_id, c.asset_id)
        WHERE c.state = 'OVERDUE' AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
          AND c.amount - c.paid - c.recovered + c.stakes > power(10::numeric, -k.scale) +
              c.amount * least(g.staked + coalesce(u.amount, 0), g.called) / g.called
    """,
}
