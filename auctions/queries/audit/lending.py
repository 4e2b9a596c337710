"""The audit of interest, whoever owes it: by the second, and rounded down once."""

_EARNED = """
        WITH stretches AS (
          SELECT m.id, m.venue_id, r.repaid_at, r.principal, asset.scale, coalesce(c.{interest_bps}, 0) AS bps,
                 sum(r.interest) OVER so_far AS interest,
                 extract(epoch FROM least(r.repaid_at, {until})
                                     - lag(least(r.repaid_at, {until}), 1, m.{since}) OVER so_far) * (
                   m.amount - coalesce(sum(r.principal) OVER (
                     PARTITION BY m.id ORDER BY r.repaid_at
                     RANGE BETWEEN UNBOUNDED PRECEDING AND '1 microsecond' PRECEDING), 0)) AS lent_for
          FROM {repayments} AS r
          JOIN {loans} AS m ON m.id = r.{loan}
          JOIN accounts_cover AS c ON c.id = m.cover_id JOIN backstop_asset AS asset ON asset.id = c.asset_id
          WINDOW so_far AS (PARTITION BY m.id ORDER BY r.repaid_at)
        ), earned AS (
          SELECT s.*, sum(lent_for * bps) OVER (PARTITION BY id ORDER BY repaid_at) AS earned,
                 10000 * 31536000::numeric AS a_year
          FROM stretches AS s
        )
        SELECT format('{what} %%s: %%s of interest was repaid by %%s', e.id, e.interest, e.repaid_at)
        FROM earned AS e
        WHERE (e.interest * e.a_year > e.earned
               OR e.principal > 0 AND (e.interest + 10 ^ -e.scale::numeric) * e.a_year <= e.earned)
          AND (%(venue)s::uuid IS NULL OR e.venue_id = %(venue)s)
"""


def earns_interest(
    *, what: str, loans: str, repayments: str, loan: str, since: str, interest_bps: str, until: str = "'infinity'"
) -> str:
    """The check of these loans of covers and what came back of them, in words: lent `since`, earning `until`."""
    said = {"what": what, "loans": loans, "repayments": repayments, "loan": loan}
    return _EARNED.format(**said, since=since, interest_bps=interest_bps, until=until)
