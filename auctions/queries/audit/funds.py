"""The audit of insurance funds: what they spent, took over, and gained by it."""

from auctions.queries.audit.covers import UNINSURED
from auctions.queries.audit.parts import AWARDED_PART

# What moves money into a fund and out of it, beside advances and what its inventory gains, which awards and take-overs
# say.
OF_FUNDS = (
    *("FUNDING", "COLLECTED", "ADVANCE_REPAID", "DEBT_COVERED", "FUND_EDGE", "TRANSFER_VALUE", "RESIDUAL"),
    *("MADE_WHOLE", "LOSS_PAID", "EVENT_DEBT_PAID", "ADVANCE_OWED", "RECOVERED", "REPO_DRAWN", "REPO_REPAID"),
)

CHECKS = {
    "the fund spends on a book no more than its limit": """
        SELECT format('book %%s: the fund spent %%s, its limit is %%s', k.reference, spent.amount, y.fund_draw_limit)
        FROM auctions_book AS k
        JOIN auctions_playbook AS y ON y.id = k.playbook_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE WHEN t.purpose IN ('ADVANCE_REPAID', 'LOSS_PAID') THEN -t.amount
                                   ELSE t.amount END), 0) AS amount
          FROM accounts_transfer AS t
          WHERE t.purpose IN ('ADVANCE', 'ADVANCE_REPAID', 'DEBT_COVERED')
            AND (t.credit_id IN (k.estate_id, k.debt_id) OR t.debit_id = k.estate_id)
            OR t.purpose = 'LOSS_PAID' AND t.subject_id = k.id AND t.credit_id <> k.debt_id
        ) AS spent
        WHERE spent.amount > y.fund_draw_limit AND NOT k.owned_by_fund
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "a wish is for what is in an auction, or goes into one": """
        SELECT format('book %%s: lot %%s wishes for %%s, and stands at %%s', k.reference, l.ordinal, w.amount, s.kind)
        FROM auctions_wish AS w
        JOIN auctions_lot AS l ON l.id = w.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        JOIN accounts_account AS f ON f.id = w.fund_id
        LEFT JOIN LATERAL (
          SELECT t.kind FROM auctions_step AS t WHERE t.lot_id = l.id ORDER BY t.ordinal DESC LIMIT 1
        ) AS s ON true
        WHERE (l.ended_at IS NOT NULL OR s.kind NOT IN ('ASSIGN', 'SEALED', 'DUTCH')
               OR (f.kind, f.venue_id, f.asset_id) <> ('FUND', k.venue_id, k.asset_id))
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "a wish is what its auction was opened with, less what awards took of it": """
        WITH opened AS (
          SELECT u.id, u.kind, u.notional, u.reserve_edge_bps, k.reference, k.venue_id, l.ordinal, a.scale,
                 1 = (SELECT count(*) FROM auctions_lot AS o
                      WHERE o.book_id = k.id AND o.book_version = k.version) AS is_only,
                 CASE u.kind WHEN 'SEALED' THEN y.sealed_reserve_bps
                             ELSE least(y.dutch_cap_bps, sealed.filling_edge_bps) END AS cap,
                 CASE WHEN u.kind = 'SEALED' THEN 0 -- a Dutch one wishes for no less than what was wished for before
                      WHEN u.restarts > 0 THEN 'Infinity'
                      ELSE greatest(y.sealed_reserve_bps, y.dutch_cap_bps) * sealed.notional END AS left_over,
                 coalesce(w.amount, 0) + taken.fund_part AS wished,
                 l.equity_budget + taken.equity_part AS budget,
                 k.equity + k.kept_equity + whole.gained + before.gained AS equity
          FROM auctions_auction AS u
          JOIN auctions_step AS s ON s.id = u.step_id
          JOIN auctions_lot AS l ON l.id = s.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id
          JOIN auctions_playbook AS y ON y.id = k.playbook_id
          JOIN backstop_asset AS a ON a.id = k.asset_id
          LEFT JOIN auctions_wish AS w ON w.lot_id = l.id
          LEFT JOIN LATERAL (
            SELECT max(o.notional) AS notional,
                   CASE WHEN bool_and(o.kind = 'SEALED') THEN min(o.filling_edge_bps) END AS filling_edge_bps
            FROM auctions_auction AS o JOIN auctions_step AS t ON t.id = o.step_id
            WHERE t.lot_id = l.id AND t.round = s.round AND t.ordinal < s.ordinal
          ) AS sealed ON true
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.fund_part), 0) AS fund_part,
                   coalesce(sum(g.equity_part) FILTER (WHERE t.state NOT IN ('REJECTED', 'EXPIRED')), 0) AS equity_part
            FROM auctions_award AS g JOIN auctions_settlement AS t ON t.award_id = g.id WHERE g.step_id = s.id
          ) AS taken
          CROSS JOIN LATERAL (
            SELECT sum(p.quantity * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END
                       * ((u.marks ->> p.instrument_id::text)::numeric - p.mark_price)) AS gained
            FROM auctions_position AS p WHERE p.lot_id = l.id
          ) AS whole
          CROSS JOIN LATERAL ( -- what earlier steps gave away did not go on with the marks, and cost its edges
            SELECT coalesce(sum(slice.quantity * (
                     CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END
                     * (mark.price - (u.marks ->> i.id::text)::numeric)
                     - mark.price * g.edge_bps * 0.0001)), 0) AS gained
            FROM auctions_step AS e
            JOIN auctions_award AS g ON g.step_id = e.id
            JOIN auctions_settlement AS t ON t.award_id = g.id AND t.state NOT IN ('REJECTED', 'EXPIRED')
            JOIN auctions_position AS p ON p.lot_id = l.id
            JOIN backstop_instrument AS i ON i.id = p.instrument_id
            CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
            CROSS JOIN LATERAL (
              SELECT (div(p.quantity / step.size * (g.first_unit + g.units), l.units)
                    - div(p.quantity / step.size * g.first_unit, l.units)) * step.size AS quantity
            ) AS slice
            CROSS JOIN LATERAL (SELECT (g.marks ->> i.id::text)::numeric AS price) AS mark
            WHERE e.lot_id = l.id AND e.ordinal < s.ordinal
          ) AS before
          WHERE u.state IN ('OPEN', 'HALTED') AND l.fund_paid IS NOT NULL
            AND NOT EXISTS (SELECT FROM auctions_award AS g WHERE g.step_id = s.id AND g.created_at < u.opens_at)
        )
        SELECT format('book %%s: lot %%s wished for %%s to pay up to %%s bps of %%s, with %%s of its own',
                      o.reference, o.ordinal, o.wished, o.cap, o.notional, own.amount)
        FROM opened AS o
        CROSS JOIN LATERAL (
          SELECT least(o.budget, floor(greatest(o.equity, 0) * power(10::numeric, o.scale))
                                 / power(10::numeric, o.scale)) AS amount
        ) AS own
        CROSS JOIN LATERAL (
          SELECT ceil(greatest(o.cap * o.notional / 10000 - CASE WHEN o.is_only THEN own.amount ELSE 0 END,
                               o.left_over / 10000, 0) * power(10::numeric, o.scale))
                 / power(10::numeric, o.scale) AS amount
        ) AS most
        WHERE (o.wished > most.amount OR o.is_only AND o.reserve_edge_bps <> least(
                 o.cap, div((own.amount + o.wished) * 100000000, o.notional) / 10000))
          AND (%(venue)s::uuid IS NULL OR o.venue_id = %(venue)s)
    """,
    "a fund pays nothing beyond its draw limits": f"""
        WITH paid AS ( -- when it was held, and from when on it counts for another 24 hours
          SELECT w.id, w.created_at AS since, s.settled_at, w.fund_part AS amount, k.id AS book_id, k.loss_event_id,
                 k.playbook_id, k.venue_id, k.asset_id, k.reference, l.id AS lot_id, true AS is_limited
          FROM auctions_award AS w
          JOIN auctions_settlement AS s ON s.award_id = w.id AND s.state NOT IN ('REJECTED', 'EXPIRED')
          JOIN auctions_book AS k ON k.id = s.book_id AND NOT k.owned_by_fund
          JOIN auctions_step AS p ON p.id = w.step_id
          JOIN auctions_lot AS l ON l.id = p.lot_id
          WHERE w.fund_part > 0
          UNION ALL
          SELECT t.id, t.created_at, t.created_at, t.amount, k.id, k.loss_event_id, k.playbook_id, k.venue_id,
                 k.asset_id, k.reference, NULL, true
          FROM accounts_transfer AS t JOIN auctions_book AS k ON k.id = t.subject_id AND NOT k.owned_by_fund
          WHERE t.purpose = 'DEBT_COVERED'
          UNION ALL -- what covers did not pay after all it bears anyway: that counts for what is drawn later
          SELECT p.id, p.created_at, p.created_at, p.amount, k.id, k.loss_event_id, k.playbook_id, k.venue_id,
                 k.asset_id, k.reference, NULL, false
          FROM accounts_losspayment AS p JOIN accounts_lossaddend AS l ON l.id = p.addend_id
          JOIN auctions_book AS k ON k.id = l.subject_id
          WHERE p.layer = 'FUND' AND p.claim_id IS NOT NULL
        ), repaid AS (
          SELECT t.subject_id AS book_id, t.created_at, t.amount, t.purpose = 'ADVANCE_OWED' AS is_owed
          FROM accounts_transfer AS t JOIN accounts_account AS c ON c.id = t.credit_id AND c.kind = 'FUND'
          WHERE t.purpose IN ('ADVANCE_REPAID', 'LOSS_PAID', 'ADVANCE_OWED')
        ), debt_paid AS (
          SELECT t.subject_id AS book_id, t.created_at, t.amount
          FROM accounts_transfer AS t JOIN accounts_account AS d ON d.id = t.debit_id AND d.kind <> 'FUND'
          WHERE t.purpose = 'EVENT_DEBT_PAID'
          UNION ALL
          SELECT book_id, since, amount FROM paid WHERE NOT is_limited
        )
        SELECT format('%%s for book %%s: with it %%s is spent, the %%s limit is %%s', one.amount, one.reference,
                      spent.amount, bound.name, bound.amount)
        FROM paid AS one
        JOIN auctions_playbook AS y ON y.id = one.playbook_id
        CROSS JOIN LATERAL (
          -- covers raise it by what was funded of what they may pay: at most by what their contracts say
          VALUES ('EVENT', y.fund_event_limit + (
            SELECT coalesce(sum(c."limit" * c.quota_share * (1 - c.copay) * c.funding_rate), 0)
            FROM accounts_cover AS c JOIN accounts_lossevent AS e ON e.id = one.loss_event_id
            WHERE (c.venue_id, c.asset_id) = (one.venue_id, one.asset_id)
              AND c.covers_from <= e.opened_at AND e.opened_at < c.ends_at
              AND NOT {UNINSURED.format(instant="e.opened_at")}
          ), NULL::uuid), ('DAY', y.fund_day_limit, NULL)
          UNION
          SELECT 'GROUP', y.fund_group_limit, i.product_group_id
          FROM auctions_position AS p JOIN backstop_instrument AS i ON i.id = p.instrument_id
          WHERE p.lot_id = one.lot_id
        ) AS bound (name, amount, group_id)
        CROSS JOIN LATERAL (
          SELECT sum(greatest(of_event.amount - least(of_event.owed, held.amount), 0)) AS amount
          FROM (
            SELECT of_book.loss_event_id, sum(of_book.amount) AS amount, sum(of_book.owed) AS owed
            FROM (
              SELECT other.loss_event_id, greatest(min(came_back.owed) - min(came_back.paid), 0) AS owed, greatest(
                       sum(other.amount) - coalesce(min(came_back.repaid), 0)
                         - least(min(came_back.owed), min(came_back.paid)), 0) AS amount
              FROM paid AS other
              CROSS JOIN LATERAL ( -- what is owed came back as it is paid, or as far as it is held
                SELECT sum(r.amount) FILTER (WHERE NOT r.is_owed) AS repaid,
                       coalesce(sum(r.amount) FILTER (WHERE r.is_owed), 0) AS owed,
                       (SELECT coalesce(sum(d.amount), 0) FROM debt_paid AS d
                        WHERE d.book_id = other.book_id AND d.created_at <= one.since) AS paid
                FROM repaid AS r WHERE r.book_id = other.book_id AND r.created_at <= one.since
              ) AS came_back
              WHERE other.since <= one.since
                AND CASE bound.name
                  WHEN 'EVENT' THEN other.loss_event_id = one.loss_event_id
                  ELSE (other.venue_id, other.asset_id) = (one.venue_id, one.asset_id)
                       AND (other.settled_at IS NULL OR other.settled_at > one.since - interval '24 hours')
                       AND (bound.name = 'DAY' OR EXISTS (
                         SELECT FROM auctions_position AS p JOIN backstop_instrument AS i ON i.id = p.instrument_id
                         WHERE p.lot_id = other.lot_id AND i.product_group_id = bound.group_id))
                END
              GROUP BY other.book_id, other.loss_event_id
            ) AS of_book
            GROUP BY of_book.loss_event_id
          ) AS of_event
          CROSS JOIN LATERAL ( -- at most; of an event it raises the limit, and of one that is final nothing is owed
            SELECT CASE
              WHEN bound.name = 'EVENT' THEN 0
              WHEN EXISTS (SELECT FROM accounts_lossevent AS e
                           WHERE e.id = of_event.loss_event_id AND e.final_at <= one.since) THEN of_event.owed
              ELSE coalesce(sum((m.insured - answered.paid) * c.funding_rate), 0) END AS amount
            FROM accounts_claim AS m
            JOIN accounts_cover AS c ON c.id = m.cover_id AND c.asset_id = one.asset_id
            CROSS JOIN LATERAL (
              SELECT coalesce(sum(x.amount), 0) AS paid FROM accounts_losspayment AS x
              WHERE x.claim_id = m.id AND x.layer = 'COVERS' AND x.created_at <= one.since
            ) AS answered
            WHERE m.loss_event_id = of_event.loss_event_id
          ) AS held
        ) AS spent
        WHERE one.is_limited AND spent.amount > bound.amount AND (%(venue)s::uuid IS NULL OR one.venue_id = %(venue)s)
    """,
    "a fund pays what covers did not pay of debts within its draw limits": """
        WITH at_last AS ( -- of it what was owed of advances comes first: that the fund bears anyway
          SELECT k.id AS book_id, k.loss_event_id, k.asset_id, k.venue_id, k.reference, borne.amount, borne.at,
                 y.fund_draw_limit, y.fund_event_limit
          FROM (
            SELECT l.subject_id, sum(p.amount) AS amount, max(p.created_at) AS at
            FROM accounts_losspayment AS p
            JOIN accounts_lossaddend AS l ON l.id = p.addend_id AND l.kind = 'BOOK'
            WHERE p.layer = 'FUND' AND p.claim_id IS NOT NULL GROUP BY l.subject_id
          ) AS borne
          JOIN auctions_book AS k ON k.id = borne.subject_id
          JOIN auctions_playbook AS y ON y.id = k.playbook_id
          WHERE borne.amount > (
            SELECT coalesce(sum(t.amount), 0) FROM accounts_transfer AS t
            WHERE t.subject_id = k.id AND t.purpose = 'ADVANCE_OWED')
        )
        SELECT format('book %%s: its fund bore %%s of what covers did not pay; with it %%s is spent, the %%s limit is '
                      '%%s', one.reference, one.amount, spent.amount, bound.name, bound.amount)
        FROM at_last AS one
        CROSS JOIN LATERAL (
          VALUES ('BOOK', one.fund_draw_limit), ('EVENT', (
            -- which of an event's books was paid last is not kept
            SELECT max(coalesce(o.fund_event_limit, 'Infinity'::numeric)) FROM at_last AS o
            WHERE (o.loss_event_id, o.asset_id) = (one.loss_event_id, one.asset_id)))
        ) AS bound (name, amount)
        CROSS JOIN LATERAL (
          SELECT sum(drawn.amount + moved.amount + coalesce(o.amount, 0)) AS amount
          FROM auctions_book AS k LEFT JOIN at_last AS o ON o.book_id = k.id AND o.at <= one.at
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(w.fund_part), 0) AS amount FROM auctions_award AS w
            JOIN auctions_settlement AS s ON s.award_id = w.id AND s.state NOT IN ('REJECTED', 'EXPIRED')
            WHERE s.book_id = k.id AND w.created_at <= one.at
          ) AS drawn
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE WHEN t.purpose = 'DEBT_COVERED' THEN t.amount ELSE -t.amount END), 0) AS amount
            FROM accounts_transfer AS t JOIN accounts_account AS c ON c.id = t.credit_id
            WHERE t.subject_id = k.id AND (
              t.purpose = 'DEBT_COVERED' AND t.created_at <= one.at
              OR t.purpose IN ('ADVANCE_REPAID', 'LOSS_PAID', 'ADVANCE_OWED') AND c.kind = 'FUND')
          ) AS moved
          WHERE k.id = one.book_id
             OR bound.name = 'EVENT' AND (k.loss_event_id, k.asset_id) = (one.loss_event_id, one.asset_id)
        ) AS spent
        WHERE spent.amount > bound.amount AND (%(venue)s::uuid IS NULL OR one.venue_id = %(venue)s)
    """,
    "a take-over is what the fund was awarded": f"""
        SELECT format('book %%s: the fund took %%s of %%s at %%s, its awards say %%s at %%s', k.reference, o.quantity,
                      i.symbol, o.cost, part.quantity, part.quantity * mark.price)
        FROM auctions_takeover AS o
        JOIN auctions_award AS w ON w.id = o.award_id AND w.beneficiary = 'FUND'
        JOIN auctions_position AS p ON p.id = o.position_id
        JOIN backstop_instrument AS i ON i.id = p.instrument_id
        JOIN auctions_lot AS l ON l.id = p.lot_id
        JOIN auctions_book AS k ON k.id = l.book_id
        {AWARDED_PART}
        CROSS JOIN LATERAL (SELECT (w.marks ->> i.id::text)::numeric AS price) AS mark
        WHERE (o.quantity, o.cost) IS DISTINCT FROM (part.quantity, part.quantity * mark.price)
          AND (%(venue)s::uuid IS NULL OR o.venue_id = %(venue)s)
    """,
    "what went of take-overs is what the funds sold": """
        WITH gone AS (
          SELECT o.venue_id, o.instrument_id,
                 sum((o.quantity - o.quantity_left) * CASE o.side WHEN 'LONG' THEN 1 ELSE -1 END) AS quantity,
                 min(o.created_at) AS since
          FROM auctions_takeover AS o GROUP BY o.venue_id, o.instrument_id
        )
        SELECT format('%%s: %%s of the take-overs went, %%s was sold', i.symbol, gone.quantity, sold.quantity)
        FROM gone
        JOIN backstop_instrument AS i ON i.id = gone.instrument_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum((div(p.quantity / step.size * (w.first_unit + w.units), l.units)
                             - div(p.quantity / step.size * w.first_unit, l.units)) * step.size
                             * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END), 0) AS quantity
          FROM auctions_position AS p
          JOIN auctions_lot AS l ON l.id = p.lot_id
          JOIN auctions_book AS k ON k.id = l.book_id AND k.owned_by_fund
          JOIN auctions_step AS s ON s.lot_id = l.id
          JOIN auctions_award AS w ON w.step_id = s.id AND w.provider_id IS NOT NULL
          JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state = 'SETTLED' AND t.settled_at >= gone.since
          CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
          WHERE p.instrument_id = gone.instrument_id
        ) AS sold
        WHERE gone.quantity <> sold.quantity AND (%(venue)s::uuid IS NULL OR gone.venue_id = %(venue)s)
    """,
    "what is left of take-overs is what the funds hold and have in sales": """
        WITH stock AS (
          SELECT h.venue_id, h.instrument_id,
                 h.quantity - coalesce((SELECT sum(e.quantity) FROM accounts_holdingentry AS e
                                        WHERE e.holding_id = h.id AND e.settlement_sequence IS NULL), 0) AS held
          FROM accounts_holding AS h WHERE h.provider_id IS NULL
        )
        SELECT format('%%s: %%s is left of the take-overs, the fund holds %%s and has %%s in sales', i.symbol,
                      rows.quantity_left, stock.held, sale.quantity)
        FROM stock
        JOIN backstop_instrument AS i ON i.id = stock.instrument_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(o.quantity_left * CASE o.side WHEN 'LONG' THEN 1 ELSE -1 END), 0) AS quantity_left,
                 coalesce(min(o.created_at), 'infinity') AS since
          FROM auctions_takeover AS o WHERE o.instrument_id = i.id
        ) AS rows
        CROSS JOIN LATERAL (
          SELECT coalesce(sum((p.quantity - gone.quantity) * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END), 0)
            AS quantity
          FROM auctions_position AS p
          JOIN auctions_book AS k ON k.id = p.book_id AND k.owned_by_fund AND k.state NOT IN ('CLOSED', 'WITHDRAWN')
          CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
          CROSS JOIN LATERAL (
            SELECT coalesce(sum(div(p.quantity / step.size * (w.first_unit + w.units), l.units)
                              - div(p.quantity / step.size * w.first_unit, l.units)), 0) * step.size AS quantity
            FROM auctions_lot AS l
            JOIN auctions_step AS s ON s.lot_id = l.id
            JOIN auctions_award AS w ON w.step_id = s.id
            JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state = 'SETTLED'
            WHERE l.id = p.lot_id
          ) AS gone
          WHERE p.instrument_id = i.id AND p.book_version = k.version
        ) AS sale
        WHERE rows.quantity_left <> stock.held + sale.quantity
          AND (%(venue)s::uuid IS NULL OR stock.venue_id = %(venue)s)
          AND NOT EXISTS ( -- what was taken over before there were rows
            SELECT FROM auctions_award AS w
            JOIN auctions_settlement AS t ON t.award_id = w.id AND t.settled_at < rows.since
            JOIN auctions_book AS k ON k.id = t.book_id AND NOT k.owned_by_fund
            JOIN auctions_step AS s ON s.id = w.step_id
            JOIN auctions_position AS p ON p.lot_id = s.lot_id AND p.instrument_id = i.id
            WHERE w.beneficiary = 'FUND'
              AND NOT EXISTS (SELECT FROM auctions_takeover AS o WHERE o.award_id = w.id)
          )
    """,
    "a lot counts what the fund pays of its edges": """
        SELECT format('lot %%s of book %%s: the fund pays %%s, its awards say %%s', l.ordinal, k.reference,
                      l.fund_paid, said.amount)
        FROM auctions_lot AS l
        JOIN auctions_book AS k ON k.id = l.book_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(w.fund_part), 0) AS amount
          FROM auctions_step AS s
          JOIN auctions_award AS w ON w.step_id = s.id
          JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state NOT IN ('REJECTED', 'EXPIRED')
          WHERE s.lot_id = l.id
        ) AS said
        WHERE l.fund_paid <> said.amount
          AND l.ended_at IS NULL -- programs of the release before, which count nothing, may have ended others
          AND (%(venue)s::uuid IS NULL OR k.venue_id = %(venue)s)
    """,
    "what a take-over gained was moved into the fund": """
        SELECT format('take-over %%s of the fund: %%s was moved, it says %%s and gained %%s, of which %%s is unpaid',
                      o.number, moved.amount, o.moved, gained.amount, o.unpaid)
        FROM auctions_takeover AS o
        JOIN backstop_instrument AS i ON i.id = o.instrument_id
        JOIN backstop_asset AS a ON a.id = o.asset_id
        CROSS JOIN LATERAL (
          SELECT CASE i.kind WHEN 'LINEAR' THEN
            floor((o.proceeds + o.quantity_left * o.marked_price - o.cost)
                  * CASE o.side WHEN 'LONG' THEN 1 ELSE -1 END * power(10::numeric, a.scale))
            / power(10::numeric, a.scale) ELSE 0 END AS amount
        ) AS gained
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE c.kind WHEN 'FUND' THEN t.amount ELSE -t.amount END), 0) AS amount
          FROM accounts_transfer AS t JOIN accounts_account AS c ON c.id = t.credit_id
          WHERE t.subject_id = o.id AND t.purpose = 'INVENTORY_RESULT'
        ) AS moved
        WHERE (o.moved <> moved.amount OR o.moved <> gained.amount + o.unpaid)
          AND (%(venue)s::uuid IS NULL OR o.venue_id = %(venue)s)
    """,
    "a fund is what came in, went out, and its inventory gained": f"""
        SELECT format('fund %%s: posted %%s, what happened to it says %%s', a.id, a.posted,
                      moved.amount - advanced.amount + gained.amount)
        FROM accounts_account AS a
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END), 0) AS amount
          FROM accounts_transfer AS t
          WHERE a.id IN (t.credit_id, t.debit_id) AND t.purpose IN {OF_FUNDS}
        ) AS moved
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(w.fund_part), 0) AS amount
          FROM auctions_settlement AS s
          JOIN auctions_award AS w ON w.id = s.award_id
          JOIN auctions_book AS k ON k.id = s.book_id
          WHERE s.state = 'SETTLED' AND k.venue_id = a.venue_id AND k.asset_id = a.asset_id
        ) AS advanced
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(o.moved), 0) AS amount FROM auctions_takeover AS o
          WHERE o.venue_id = a.venue_id AND o.asset_id = a.asset_id
        ) AS gained
        WHERE a.kind = 'FUND' AND a.posted <> moved.amount - advanced.amount + gained.amount
          AND (%(venue)s::uuid IS NULL OR a.venue_id = %(venue)s)
    """,
}
