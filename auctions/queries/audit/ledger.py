"""The audit of the ledger: what accounts hold, and what of it is held for something."""

CHECKS = {
    "accounts hold what was moved": """
        SELECT format('account %%s %%s: posted %%s, transfers say %%s', a.kind, a.id, a.posted, moved.amount)
        FROM accounts_account AS a
        CROSS JOIN LATERAL (
          SELECT coalesce((SELECT sum(amount) FROM accounts_transfer WHERE credit_id = a.id), 0)
               - coalesce((SELECT sum(amount) FROM accounts_transfer WHERE debit_id = a.id), 0) AS amount
        ) AS moved
        WHERE a.posted <> moved.amount AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
    "an asset sums to zero": """
        SELECT format('asset %%s: all accounts together hold %%s, not zero', asset.code, sum(a.posted))
        FROM accounts_account AS a JOIN backstop_asset AS asset ON asset.id = a.asset_id
        WHERE %(venue)s::uuid IS NULL OR a.venue_id = %(venue)s
        GROUP BY asset.id HAVING sum(a.posted) <> 0
    """,
    "what is held is held for something": """
        WITH held AS (
          SELECT c.id AS account_id, b.held AS amount
          FROM auctions_bid AS b
          JOIN auctions_auction AS auction ON auction.id = b.auction_id
          JOIN auctions_step AS s ON s.id = auction.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = b.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, r.held
          FROM auctions_readiness AS r
          JOIN auctions_auction AS auction ON auction.id = r.auction_id
          JOIN auctions_step AS s ON s.id = auction.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = r.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, t.held
          FROM auctions_cutbid AS t
          JOIN auctions_lot AS l ON l.id = t.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = t.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, w.collateral_held
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS c
            ON c.provider_id = w.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, f.held
          FROM auctions_providerfault AS f
          JOIN auctions_book AS k ON k.id = f.book_id
          JOIN accounts_account AS c
            ON c.provider_id = f.provider_id AND c.asset_id = k.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, s.held
          FROM accounts_covershare AS s
          JOIN accounts_cover AS cover ON cover.id = s.cover_id
          JOIN accounts_account AS c
            ON c.provider_id = s.provider_id AND c.asset_id = cover.asset_id AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT c.id, s.held
          FROM accounts_assessment AS s
          JOIN accounts_account AS c
            ON (c.provider_id, c.asset_id) = (s.provider_id, s.asset_id) AND c.kind = 'COLLATERAL'
          UNION ALL
          SELECT k.estate_id, w.estate_held
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          UNION ALL
          SELECT k.estate_id, l.estate_held FROM auctions_lot AS l JOIN auctions_book AS k ON k.id = l.book_id
          UNION ALL
          SELECT f.id, l.fund_held
          FROM auctions_lot AS l
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS f ON f.venue_id = k.venue_id AND f.asset_id = k.asset_id AND f.kind = 'FUND'
          UNION ALL
          SELECT f.id, w.fund_held
          FROM auctions_award AS w
          JOIN auctions_step AS s ON s.id = w.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN accounts_account AS f ON f.venue_id = k.venue_id AND f.asset_id = k.asset_id AND f.kind = 'FUND'
        )
        SELECT format('account %%s %%s: held %%s, what is held sums to %%s', a.kind, a.id, a.held,
                      coalesce(sum(held.amount), 0))
        FROM accounts_account AS a LEFT JOIN held ON held.account_id = a.id
        WHERE %(venue)s::uuid IS NULL OR a.venue_id = %(venue)s
        GROUP BY a.id HAVING a.held <> coalesce(sum(held.amount), 0)
    """,
}
