"""The audit of edges to insurers' own clusters, and of what they add to claims."""

CHECKS = {
    "an edge to insurers is what their awards were paid above commitments": """
        WITH insuring AS (
          SELECT l.id AS addend_id, l.created_at, e.opened_at, firm.providers
          FROM accounts_claim AS m
          JOIN accounts_cover AS c ON c.id = m.cover_id JOIN accounts_lossevent AS e ON e.id = m.loss_event_id
          JOIN accounts_lossaddend AS l ON (l.loss_event_id, l.asset_id) = (e.id, c.asset_id)
            -- of an event that was final nobody pays what a late book cost
            AND (l.kind = 'INVENTORY' OR e.final_at IS NULL OR l.created_at < e.final_at)
          CROSS JOIN LATERAL jsonb_array_elements(e.insurers) AS cluster
          CROSS JOIN LATERAL (SELECT ARRAY(SELECT jsonb_array_elements_text(cluster)::uuid) AS providers) AS firm
          WHERE EXISTS (
            SELECT FROM accounts_covershare AS s WHERE s.cover_id = c.id AND s.provider_id = ANY (firm.providers))
        ), asked AS (
          SELECT addend_id, providers FROM accounts_clusteredge
          UNION
          SELECT i.addend_id, i.providers FROM insuring AS i
          -- with who came since: those are of the row
          WHERE NOT EXISTS (
            SELECT FROM accounts_clusteredge AS x WHERE x.addend_id = i.addend_id AND i.providers <@ x.providers)
          UNION -- who came since is of its group's cluster, unless either moved later: of which it was then is not kept
          SELECT i.addend_id, ARRAY[n.id]
          FROM insuring AS i JOIN accounts_provider AS o ON o.id = ANY (i.providers)
          JOIN accounts_provider AS n ON n.group_id = o.group_id AND n.created_at > i.opened_at
          WHERE NOT EXISTS (
              SELECT FROM accounts_clusteredge AS x WHERE x.addend_id = i.addend_id AND n.id = ANY (x.providers))
            AND NOT EXISTS (
              SELECT FROM backstop_event AS v WHERE v.subject_id IN (o.id, n.id) AND v.kind = 'provider_moved'
                AND v.created_at >= i.created_at)
        )
        SELECT format('loss event %%s: edges of %%s to %%s count as %%s of what that cost, %%s; awards were paid %%s '
                      'above', e.id, l.subject_id, asked.providers, coalesce(x.amount, 0), l.amount, above.amount)
        FROM asked
        JOIN accounts_lossaddend AS l ON l.id = asked.addend_id
        JOIN backstop_asset AS asset ON asset.id = l.asset_id
        JOIN accounts_lossevent AS e ON e.id = l.loss_event_id
        LEFT JOIN accounts_clusteredge AS x ON (x.addend_id, x.providers) = (asked.addend_id, asked.providers)
        CROSS JOIN LATERAL (SELECT 10 ^ asset.scale::numeric AS smallest) AS unit
        CROSS JOIN LATERAL (
          SELECT floor(coalesce(sum(paid.notional * bps.above), 0) / 10000 * smallest) / smallest AS amount
          FROM (
            SELECT s.award_id, o.notional FROM auctions_settlement AS s JOIN auctions_award AS o ON o.id = s.award_id
            WHERE l.kind = 'BOOK' AND s.book_id = l.subject_id AND s.state = 'SETTLED'
            UNION ALL
            SELECT v.award_id, v.notional
            FROM auctions_inventorysale AS v JOIN auctions_takeover AS o ON o.id = v.take_over_id
            JOIN auctions_book AS b ON b.id = o.book_id
            WHERE l.kind = 'INVENTORY' AND (b.loss_event_id, o.asset_id) = (e.id, l.asset_id)
              AND v.created_at <= e.final_at
          ) AS paid
          JOIN auctions_award AS a ON a.id = paid.award_id
          JOIN auctions_step AS t ON t.id = a.step_id JOIN auctions_lot AS lot ON lot.id = t.lot_id
          JOIN auctions_book AS k ON k.id = lot.book_id JOIN auctions_playbook AS p ON p.id = k.playbook_id
          CROSS JOIN LATERAL (
            SELECT max(c.edge_bps) AS edge_bps FROM auctions_award AS c
            JOIN auctions_settlement AS d ON d.award_id = c.id AND d.state = 'SETTLED'
            JOIN auctions_step AS u ON u.id = c.step_id
            WHERE u.lot_id = lot.id AND u.kind = 'ASSIGN' AND c.commitment_id IS NOT NULL
          ) AS given
          CROSS JOIN LATERAL (
            SELECT greatest(a.edge_bps - coalesce(given.edge_bps, p.assign_cap_bps), 0) AS above
          ) AS bps
          WHERE a.provider_id = ANY (asked.providers)
        ) AS above
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(o.amount), 0) AS amount FROM accounts_clusteredge AS o WHERE o.addend_id = l.id
        ) AS counted
        WHERE (counted.amount > l.amount OR x.amount > above.amount
               OR counted.amount < l.amount AND coalesce(x.amount, 0) <> above.amount)
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
    """,
    "edges add to a claim what its cover would not say without them": """
        SELECT format('claim %%s: edges of %%s in %%s added %%s of %%s; without them the cover says %%s', m.id,
                      edges.amount, unl.amount, m.added, m.insured, said.without)
        FROM accounts_claim AS m
        JOIN accounts_cover AS c ON c.id = m.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(l.amount), 0) AS amount FROM accounts_lossaddend AS l
          WHERE (l.loss_event_id, l.asset_id) = (m.loss_event_id, c.asset_id)
        ) AS unl
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(x.amount), 0) AS amount FROM accounts_clusteredge AS x
          JOIN accounts_lossaddend AS l ON l.id = x.addend_id
          WHERE (l.loss_event_id, l.asset_id) = (m.loss_event_id, c.asset_id) AND EXISTS (
            SELECT FROM accounts_covershare AS s WHERE s.cover_id = c.id AND s.provider_id = ANY (x.providers))
        ) AS edges
        CROSS JOIN LATERAL (
          SELECT floor(least(greatest(unl.amount - edges.amount - c.attachment, 0), m.counted) * c.quota_share
                         * (1 - c.copay) * 10 ^ asset.scale::numeric) / 10 ^ asset.scale::numeric AS without
        ) AS said
        WHERE m.state <> 'CLOSED' AND m.added <> m.insured - least(said.without, m.insured)
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
    "an insurer pays above its part for edges of its own alone": """
        SELECT format('cover %%s: %%s paid %%s, of %%s its part is %%s in 10,000, and edges of its own added %%s', c.id,
                      s.provider_id, s.paid, claimed.insured, s.parts, own.added)
        FROM accounts_cover AS c JOIN backstop_asset AS asset ON asset.id = c.asset_id
        JOIN accounts_covershare AS s ON s.cover_id = c.id
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(m.insured), 0) AS insured, count(*) FILTER (WHERE m.added > 0) AS shifted
          FROM accounts_claim AS m WHERE m.cover_id = c.id
        ) AS claimed
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(m.added), 0) AS added FROM accounts_claim AS m
          WHERE m.cover_id = c.id AND EXISTS (
            SELECT FROM accounts_clusteredge AS x JOIN accounts_lossaddend AS l ON l.id = x.addend_id
            WHERE (l.loss_event_id, l.asset_id) = (m.loss_event_id, c.asset_id)
              AND s.provider_id = ANY (x.providers))
        ) AS own
        -- of what is insured, as others may lack theirs; each claim that edges shift is shared and rounded by itself
        WHERE s.paid >= claimed.insured * s.parts / 10000 + own.added
                        + (1 + 2 * claimed.shifted) * 10 ^ -asset.scale::numeric
          AND (%(venue)s::uuid IS NULL OR c.venue_id = %(venue)s)
    """,
}
