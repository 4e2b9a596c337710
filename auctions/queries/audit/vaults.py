"""The audit of vaults: shares are given and paid for by what the vault was worth, and each is in an entry."""

CHECKS = {
    "a vault has as many shares as its entries say": """
        SELECT format('vault %%s: %%s shares and %%s entries, by the entries %%s and %%s', v.id, v.supply,
                      v.entries_made, entered.shares, entered.rows)
        FROM accounts_vault AS v
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE e.kind WHEN 'DEPOSIT' THEN e.shares ELSE -e.shares END), 0) AS shares,
                 count(*) AS rows
          FROM accounts_vaultentry AS e WHERE e.vault_id = v.id
        ) AS entered
        WHERE (v.supply, v.entries_made) <> (entered.shares, entered.rows)
          AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
    "a depositor has the shares that its entries say": """
        SELECT format('vault %%s: %%s has %%s shares, by the entries %%s', v.id,
                      coalesce(s.depositor, entered.depositor), s.shares, entered.shares)
        FROM accounts_vaultshare AS s
        FULL JOIN (
          SELECT e.vault_id, e.depositor, sum(CASE e.kind WHEN 'DEPOSIT' THEN e.shares ELSE -e.shares END) AS shares
          FROM accounts_vaultentry AS e GROUP BY e.vault_id, e.depositor
        ) AS entered ON (entered.vault_id, entered.depositor) = (s.vault_id, s.depositor)
        JOIN accounts_vault AS v ON v.id = coalesce(s.vault_id, entered.vault_id)
        WHERE coalesce(s.shares, 0) <> coalesce(entered.shares, 0)
          AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
    "shares are priced by what the vault was worth": """
        WITH priced AS (
          SELECT e.*, v.venue_id,
                 sum(CASE e.kind WHEN 'DEPOSIT' THEN e.shares ELSE -e.shares END)
                   OVER (PARTITION BY e.vault_id ORDER BY e.number ROWS UNBOUNDED PRECEDING) AS supply_after,
                 div(e.amount * power(10::numeric, a.scale), 1) AS smallest
          FROM accounts_vaultentry AS e
          JOIN accounts_vault AS v ON v.id = e.vault_id
          JOIN backstop_asset AS a ON a.id = v.asset_id
        )
        SELECT format('vault %%s: entry %%s of %%s shares for %%s, with %%s and %%s shares before, is priced otherwise',
                      vault_id, number, shares, amount, assets, supply)
        FROM priced
        WHERE (CASE kind
          WHEN 'DEPOSIT' THEN shares <> div(smallest * (supply + 1000000), assets + 1)
                              OR supply_after <> supply + shares
          WHEN 'PAYMENT' THEN smallest <> div(shares * (assets + 1), supply + 1000000)
                              OR supply_after <> supply - shares
          ELSE assets > 0 OR supply_after <> supply - shares
        END) AND (%(venue)s::uuid IS NULL OR venue_id = %(venue)s)
    """,
    "what moved for shares is what their entries say": """
        SELECT format('vault %%s: entry %%s of %%s, moved %%s', v.id, e.number, e.amount, moved.amount)
        FROM accounts_vaultentry AS e
        JOIN accounts_vault AS v ON v.id = e.vault_id
        JOIN accounts_account AS c ON (c.provider_id, c.asset_id, c.kind) = (v.provider_id, v.asset_id, 'COLLATERAL')
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE WHEN t.credit_id = c.id THEN t.amount WHEN t.debit_id = c.id THEN -t.amount END), 0)
                   AS amount
          FROM accounts_transfer AS t WHERE t.subject_id = e.id
        ) AS moved
        WHERE moved.amount <> CASE e.kind WHEN 'DEPOSIT' THEN e.amount ELSE -e.amount END
          AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
    "what leaves a vault is what its queue says": """
        SELECT format('vault %%s: of %%s %%s shares leave, its withdrawals say %%s', v.id, s.depositor, s.leaving,
                      queued.shares)
        FROM accounts_vaultshare AS s
        JOIN accounts_vault AS v ON v.id = s.vault_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(w.shares_left), 0) AS shares FROM accounts_vaultwithdrawal AS w
          WHERE (w.vault_id, w.depositor, w.state) = (s.vault_id, s.depositor, 'QUEUED')
        ) AS queued
        WHERE s.leaving <> queued.shares AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
    "a withdrawal was paid what its entries say": """
        SELECT format('withdrawal %%s: %%s of its shares are left and %%s was paid, by the entries %%s and %%s', w.id,
                      w.shares_left, w.amount_paid, w.shares - paid.shares, paid.amount)
        FROM accounts_vaultwithdrawal AS w
        JOIN accounts_vault AS v ON v.id = w.vault_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(e.shares), 0) AS shares, coalesce(sum(e.amount), 0) AS amount
          FROM accounts_vaultentry AS e WHERE e.withdrawal_id = w.id
        ) AS paid
        WHERE ((w.state <> 'CANCELLED' AND w.shares_left <> w.shares - paid.shares) OR w.amount_paid <> paid.amount)
          AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
    "a withdrawal that nobody could pay was returned in its time": """
        SELECT format('withdrawal %%s: %%s, due at %%s, returned at %%s', w.id, w.state, w.due_at, w.returned_at)
        FROM accounts_vaultwithdrawal AS w
        JOIN accounts_vault AS v ON v.id = w.vault_id
        WHERE ((w.state = 'RETURNED') <> (w.returned_at IS NOT NULL)
               OR w.returned_at < w.due_at + interval '90 days'
               OR (w.state = 'QUEUED' AND w.due_at + interval '91 days' <= backstop_now()))
          AND (%(venue)s::uuid IS NULL OR v.venue_id = %(venue)s)
    """,
}
