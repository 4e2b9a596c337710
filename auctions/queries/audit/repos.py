"""The audit of repos: what insurers lent to funds against their inventory, what came back of it, and what never did."""

from auctions.queries.audit.lending import earns_interest
from auctions.queries.audit.parts import SETTLED_PARTS

CHECKS = {
    "a repo is lent by its cover's insurers, each its part": """
        SELECT format('repo %%s of %%s: %%s was lent', m.id, m.amount, lent.amount)
        FROM accounts_repo AS m
        JOIN accounts_cover AS c ON c.id = m.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(t.amount), 0) AS amount,
                 coalesce(bool_and((a.kind, b.kind) = ('COLLATERAL', 'FUND') AND s.id IS NOT NULL
                                   AND abs(t.amount - m.amount * s.parts / 10000) < 10 ^ -asset.scale::numeric),
                          true) AS is_each
          FROM accounts_transfer AS t
          JOIN accounts_account AS a ON a.id = t.debit_id JOIN accounts_account AS b ON b.id = t.credit_id
          LEFT JOIN accounts_covershare AS s ON (s.cover_id, s.provider_id) = (m.cover_id, a.provider_id)
          WHERE t.subject_id = m.id AND t.purpose = 'REPO_DRAWN'
        ) AS lent
        WHERE (lent.amount <> m.amount OR NOT lent.is_each)
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
    "what a repo was repaid is what moved, to each insurer its part": """
        SELECT format('repo %%s: of %%s %%s is left, %%s and %%s were repaid, %%s moved', m.id, m.amount, m."left",
                      repaid.principal, repaid.interest, moved.amount)
        FROM accounts_repo AS m
        JOIN accounts_cover AS c ON c.id = m.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(r.principal), 0) AS principal, coalesce(sum(r.interest), 0) AS interest,
                 coalesce(bool_and(r.principal + r.interest = (
                   SELECT sum(t.amount) FROM accounts_transfer AS t JOIN accounts_account AS a ON a.id = t.debit_id
                   WHERE t.subject_id = r.id AND t.purpose = 'REPO_REPAID' AND a.kind = r.paid_by)), true) AS is_each
          FROM accounts_reporepayment AS r WHERE r.repo_id = m.id
        ) AS repaid
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(had.amount), 0) AS amount,
                 bool_and(abs(had.amount - (repaid.principal + repaid.interest) * had.parts / 10000)
                          < 2 * 10 ^ -asset.scale::numeric) AS is_parts
          FROM (
            SELECT s.parts, coalesce(sum(t.amount), 0) AS amount
            FROM accounts_covershare AS s
            LEFT JOIN accounts_account AS a ON (a.provider_id, a.asset_id) = (s.provider_id, c.asset_id)
              AND a.kind = 'COLLATERAL'
            LEFT JOIN accounts_transfer AS t ON t.credit_id = a.id AND t.purpose = 'REPO_REPAID'
              AND t.subject_id IN (SELECT r.id FROM accounts_reporepayment AS r WHERE r.repo_id = m.id)
            WHERE s.cover_id = m.cover_id GROUP BY s.id
          ) AS had
        ) AS moved
        WHERE (m."left" <> m.amount - repaid.principal - m.written_off
               OR moved.amount <> repaid.principal + repaid.interest
               OR NOT repaid.is_each OR NOT moved.is_parts)
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
    "a repo earns the interest of its contract": earns_interest(
        what="repo",
        loans="accounts_repo",
        repayments="accounts_reporepayment",
        loan="repo_id",
        since="drawn_at",
        interest_bps="repo_interest_bps",
    ),
    "what is written off of a repo is all that never came back, long after it was due": """
        SELECT format('repo %%s is %%s: of %%s %%s is written off at %%s, overdue since %%s', m.id, m.state, m.amount,
                      m.written_off, m.written_off_at, m.overdue_at)
        FROM accounts_repo AS m
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(r.principal), 0) AS principal, max(r.repaid_at) AS last_at
          FROM accounts_reporepayment AS r WHERE r.repo_id = m.id
        ) AS repaid
        WHERE (m.written_off <> CASE m.state WHEN 'WRITTEN_OFF' THEN m.amount - repaid.principal ELSE 0 END
               OR (m.state = 'WRITTEN_OFF') <> coalesce(m.written_off_at >= m.overdue_at + interval '90 days', false)
               OR repaid.last_at > m.written_off_at)
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
    "what is drawn of a cover is what its repos owe or never repaid, within its limit": """
        SELECT format('cover %%s: %%s of %%s is drawn, its repos owe or never repaid %%s', c.id, c.drawn, c.repo_limit,
                      owed.amount)
        FROM accounts_cover AS c
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(m."left" + m.written_off), 0) AS amount FROM accounts_repo AS m WHERE m.cover_id = c.id
        ) AS owed
        WHERE (c.drawn <> owed.amount OR owed.amount > coalesce(c.repo_limit, 0))
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    # each repo leaves at most a smallest amount of its parts to who is odd
    "an insurer has held what it may have to lend, whatever claims took": """
        SELECT format('cover %%s: %%s has %%s held and may have to lend %%s', c.id, s.provider_id, s.held, line.amount)
        FROM accounts_cover AS c
        JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_covershare AS s ON s.cover_id = c.id
        CROSS JOIN LATERAL (
          SELECT (c.repo_limit - coalesce(sum(m."left" + m.written_off), 0)) * s.parts / 10000
                   - (1 + count(*)) * 10 ^ -asset.scale::numeric AS amount
          FROM accounts_repo AS m WHERE m.cover_id = c.id
        ) AS line
        WHERE c.state IN ('ACTIVE', 'SUSPENDED') AND s.held < line.amount
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "a repo is lent against no more than its pledge is worth after the haircut": """
        SELECT format('repo %%s: %%s was lent against %%s at %%s', m.id, m.amount, m.quantity, m.price)
        FROM accounts_repo AS m JOIN accounts_cover AS c ON c.id = m.cover_id
        JOIN backstop_instrument AS i ON i.id = m.instrument_id
        WHERE (m.amount * 10000 > m.quantity * m.price * (10000 - coalesce(c.repo_haircut_bps, 10000))
               OR (i.kind, i.settlement_asset_id) <> ('SPOT', c.asset_id))
          AND (%(venue)s::uuid IS NULL OR m.venue_id = %(venue)s)
    """,
    "what is pledged a fund holds, or has the proceeds of": f"""
        -- of what is pledged since an instant nothing is promised to a buyer by a sale that goes on since before
        SELECT format('%%s: %%s is pledged since %%s, the fund holds %%s, and %%s of sales that go on', i.symbol,
                      pledged.quantity, m.drawn_at, held.quantity, sold.quantity)
        FROM accounts_repo AS m JOIN backstop_instrument AS i ON i.id = m.instrument_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(o.pledged), 0) AS quantity
          FROM accounts_repo AS o WHERE o.instrument_id = i.id AND o.drawn_at >= m.drawn_at
        ) AS pledged
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(o.quantity_left), 0) AS quantity
          FROM auctions_takeover AS o WHERE o.instrument_id = i.id AND o.side = 'LONG'
        ) AS held
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE WHEN k.received_at < m.drawn_at THEN gone.quantity - p.quantity
                                   ELSE gone.bought END), 0) AS quantity
          FROM auctions_position AS p
          JOIN auctions_book AS k ON k.id = p.book_id AND k.owned_by_fund AND k.state NOT IN ('CLOSED', 'WITHDRAWN')
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(part.quantity), 0) AS quantity,
                   coalesce(sum(part.quantity) FILTER (WHERE w.provider_id IS NOT NULL), 0) AS bought
            FROM auctions_lot AS l
            {SETTLED_PARTS}
            WHERE l.id = p.lot_id
          ) AS gone
          WHERE p.instrument_id = i.id AND p.side = 'LONG'
        ) AS sold
        WHERE m.pledged > 0 AND pledged.quantity > held.quantity + sold.quantity
          AND (%(venue)s::uuid IS NULL OR i.venue_id = %(venue)s)
    """,
}
