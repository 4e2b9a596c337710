"""The audit of margin calls: what insurers paid for accounts, and what they had back of it."""

from auctions.queries.audit.lending import earns_interest

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
    "a cure earns the interest of its contract": earns_interest(
        what="margin call",
        loans="accounts_margincall",
        repayments="accounts_curerepayment",
        loan="margin_call_id",
        since="cured_at",
        until="m.repay_by",
        interest_bps="cure_interest_bps",
    ),
}
