"""What audits ask of the parts of positions that awards give: whole steps of quantity."""

# Of position p in instrument i by award w of lot l.
AWARDED_PART = """
        CROSS JOIN LATERAL (SELECT coalesce(p.quantity_step, i.quantity_step) AS size) AS step
        CROSS JOIN LATERAL (
          SELECT (div(p.quantity / step.size * (w.first_unit + w.units), l.units)
                - div(p.quantity / step.size * w.first_unit, l.units)) * step.size AS quantity
        ) AS part
"""

# Of position p in instrument i by each award of lot l that is settled.
SETTLED_PARTS = f"""
        JOIN auctions_step AS s ON s.lot_id = l.id
        JOIN auctions_award AS w ON w.step_id = s.id
        JOIN auctions_settlement AS t ON t.award_id = w.id AND t.state = 'SETTLED'
        {AWARDED_PART}
"""
