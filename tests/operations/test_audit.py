"""The audit finds every total that was tampered with underneath the code."""

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import Account, AccountKind
from auctions.models import Auction, Book
from auctions.operations.operator.audit import audit
from auctions.queries.audit import CHECKS
from auctions.rules.closing import TOO_FAR
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_take_deposit import a_vault, deposit, leave

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def venue() -> Venue:
    """A closed book: a commitment took a part at once, one in the sealed auction, and the fund the rest. A vault paid
    for some shares."""
    venue = market.a_market(fund="1000000")
    vault = a_vault(venue, notice_seconds=0)
    deposit(vault, "100")
    leave(vault, 10**12)
    build.a_playbook(
        venue,
        min_groups=1,
        cover_percent=0,
        fund_inventory_limit="1000000",
        sealed_seconds=1,
        dutch_seconds=1,
        max_reopenings=0,
        fund_draw_limit="1000",
        fund_event_limit="1000",
        fund_group_limit="1000",
        fund_day_limit="1000",
    )
    build.a_cap(venue, "100000")
    alice = build.a_provider(venue, "Alice")
    build.a_commitment(alice, cap_per_assignment="20000", window_capacity="50000", window_seconds=60)
    build.a_commitment(build.a_provider(venue, "Bob"), cap_per_assignment="10000", min_edge_bps="250")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000")
    return venue


def close_everything(travel: Callable[..., object]) -> None:
    for _ in range(4):
        market.sweep()
        travel(seconds=2)
    assert Book.objects.get().state == "CLOSED"


def audited(venue: Venue | None = None) -> list[str]:
    return perform(audit, venue_id=venue.id if venue else None)


def test_a_market_at_work_and_at_rest_is_clean(venue, travel):
    assert audited() == []
    market.sweep()
    assert audited() == []
    close_everything(travel)
    assert audited() == audited(venue) == []


def _called(state: str, paid: int, then: str = "") -> str:
    """Everybody is called for 2 of a loss event, of which so much is paid, `then` more is written of each `call`."""
    written_off = 2 - paid if state == "WRITTEN_OFF" else 0
    return f"""
        WITH obligation AS (
          INSERT INTO accounts_obligation (id, loss_event_id, provider_id, asset_id, contribution, quality)
          SELECT gen_random_uuid(), e.id, p.id, a.id, 2, 'NONE'
          FROM accounts_lossevent AS e, accounts_provider AS p, backstop_asset AS a
          RETURNING id, provider_id, asset_id, loss_event_id
        ), call AS (
          INSERT INTO accounts_assessment (id, venue_id, provider_id, asset_id, obligation_id, amount, paid,
            written_off, state, called_at, due_by, overdue_at, written_off_at, parked_reason)
          SELECT gen_random_uuid(), p.venue_id, p.id, o.asset_id, o.id, 2, {paid}, {written_off}, '{state}', now(),
                 now() + interval '1 day', now(), CASE WHEN {written_off} > 0 THEN now() END, ''
          FROM obligation AS o JOIN accounts_provider AS p ON p.id = o.provider_id RETURNING id, obligation_id, asset_id
        )
        {then or "SELECT FROM call"}
    """


def _allocated(kind: str, method: str, quantity: int, *fills: tuple[int, int, int], times: int = 1) -> str:
    """Of a loss event so much is allocated, so many times, to accounts, the first the most profitable: what each had,
    what of it is allocated, and taken."""
    rows = ", ".join(
        f"({place}, {had}, {allocated}, {taken})" for place, (had, allocated, taken) in enumerate(fills, 1)
    )
    of = "i.id, 'LONG', 1" if kind == "POSITION" else "NULL, '', NULL"
    return f"""
        WITH allocation AS (
          INSERT INTO accounts_lossallocation (id, created_at, venue_id, loss_event_id, kind, method, asset_id,
            instrument_id, side, price, quantity, reference, reason, confirm_by)
          SELECT gen_random_uuid(), now(), e.venue_id, e.id, '{kind}', '{method}', a.id, {of}, {quantity}, 'r',
                 'a test', now() + interval '1 day'
          FROM (SELECT * FROM accounts_lossevent LIMIT 1) AS e, (SELECT * FROM backstop_asset LIMIT 1) AS a,
               (SELECT * FROM backstop_instrument LIMIT 1) AS i,
               generate_series(1, {times})
          RETURNING id, venue_id
        )
        INSERT INTO accounts_allocationfill (id, venue_id, allocation_id, account, state, had, profit, leverage,
          allocated, taken, state_reason, parked_reason)
        SELECT gen_random_uuid(), x.venue_id, x.id, f.place::text, 'CONFIRMED', f.had, 10 - f.place, 1, f.allocated,
               f.taken, '', ''
        FROM allocation AS x, (VALUES {rows}) AS f (place, had, allocated, taken)
    """


A_DRAFT = """
    WITH cover AS (
      INSERT INTO accounts_cover
        (id, created_at, venue_id, account, asset_id, text, content_hash, triggers, attachment, "limit", aggregate,
         quota_share, copay, funding_rate, hours_clause_seconds, waiting_seconds, term_seconds, notice_seconds,
         answer_seconds, default_answer, state, lapses_at, parked_reason)
      SELECT gen_random_uuid(), now(), a.venue_id, '', a.id, 'text', '', '{{SHORTFALL}}', 0, 1, 1, 1, 0.1, 1, 1, 0, 1,
             0, 1, 'PAY', 'DRAFT', now(), ''
      FROM backstop_asset AS a LIMIT 1 RETURNING id, venue_id, asset_id
    ), account AS (
      INSERT INTO accounts_account (id, created_at, venue_id, asset_id, kind, posted, held, floor)
      SELECT gen_random_uuid(), now(), venue_id, asset_id, 'PREMIUM', 0, 0, 0 FROM cover RETURNING id
    ), premium AS (
      INSERT INTO accounts_coverpremium (id, created_at, cover_id, account_id, base_bps, floor_bps, cap_bps,
        max_step_bps, kink, unused, at_kink, used_up, grace_seconds, charged)
      SELECT gen_random_uuid(), now(), cover.id, account.id, 0, 0, 0, 0, 0.5, 1, 1, 1, 0, {charged} FROM cover, account
      RETURNING id
    ), factors AS (
      INSERT INTO accounts_coverfactor (id, created_at, premium_id, name, factor)
      SELECT gen_random_uuid(), now(), premium.id, name, 1
      FROM premium, unnest('{{CALM, STRESSED, HALTED, 1, 2, 3, 4, 5}}'::text[]) AS name
    )
    INSERT INTO accounts_covershare (id, created_at, cover_id, provider_id, parts, held, earned)
    SELECT gen_random_uuid(), now(), cover.id, p.id, 1, {held}, 0 FROM cover CROSS JOIN accounts_provider AS p LIMIT 1
"""
A_CLAIM = (
    A_DRAFT.format(charged=0, held=0).rpartition("INSERT INTO accounts_covershare")[0].rstrip()
    + """
    INSERT INTO accounts_claim (id, created_at, venue_id, cover_id, loss_event_id, trigger, state, counted, insured,
      copay, paid, copaid, disputed_amount, refused, reason, decision, answer_by, parked_reason)
    SELECT gen_random_uuid(), now(), cover.venue_id, cover.id, e.id, 'SHORTFALL', 'PAID', 1, 1, 0, 1, 0, 0, 0, '', '',
           now(), ''
    FROM cover JOIN accounts_lossevent AS e ON e.venue_id = cover.venue_id LIMIT 1
"""
)
A_LEVEL_OF_A_DRAFT = (
    A_DRAFT.format(charged=0, held=0).rpartition("INSERT INTO accounts_covershare")[0].rstrip()
    + """
    INSERT INTO accounts_coveredlimit (id, created_at, cover_id, starts_at, known_at, "limit", level, regime, bucket)
    SELECT gen_random_uuid(), now(), id, now(), now(), 1, 1, 'CALM', '1' FROM cover
"""
)
A_RATE = (
    A_CLAIM.partition("INSERT INTO accounts_claim")[0].rstrip()
    + """
    INSERT INTO accounts_coverrate (id, created_at, premium_id, starts_at, rate_bps, "limit", used, regime, bucket,
      regime_factor, rating_factor)
    SELECT gen_random_uuid(), now(), premium.id, now(), 0, 0, 1, 'CALM', '1', 1, 1 FROM premium
"""
)
A_CURE = (
    A_CLAIM.partition("INSERT INTO accounts_claim")[0].rstrip()
    + """, call AS (
      INSERT INTO accounts_margincall (id, created_at, venue_id, cover_id, account, amount, reference, state, answer_by,
        cured_by_id, cured_at, repay_by, "left", parked_reason)
      SELECT gen_random_uuid(), now(), cover.venue_id, cover.id, 'a', 9, 'called', 'CURED', now(), p.id, now(),
             now() + interval '1 day', 9, ''
      FROM cover JOIN accounts_provider AS p ON p.venue_id = cover.venue_id LIMIT 1 RETURNING id
    )
    INSERT INTO accounts_curerepayment (id, created_at, margin_call_id, repaid_at, principal, interest, reference)
    SELECT gen_random_uuid(), now(), call.id, now(), 1, 1, '' FROM call
"""
)
A_REPO = (
    A_CLAIM.partition("INSERT INTO accounts_claim")[0].rstrip()
    + """, repo AS (
      INSERT INTO accounts_repo (id, created_at, venue_id, cover_id, instrument_id, amount, quantity, price, reference,
        state, drawn_at, due_at, pledged, "left", parked_reason)
      SELECT gen_random_uuid(), now(), cover.venue_id, cover.id, i.id, 9, 2, 1, 'drawn', 'OPEN', now(), now(), 2, 9, ''
      FROM cover JOIN backstop_instrument AS i ON i.venue_id = cover.venue_id LIMIT 1 RETURNING id
    )
    INSERT INTO accounts_reporepayment (id, created_at, repo_id, repaid_at, principal, interest, reference, paid_by)
    SELECT gen_random_uuid(), now(), repo.id, now(), 1, 1, '', 'FUND' FROM repo
"""
)
A_LINE = (
    A_DRAFT.format(charged=0, held=0)
    .replace(
        "default_answer, state,",
        "default_answer, repo_limit, repo_haircut_bps, repo_seconds, repo_interest_bps, "
        "repo_fee_bps, active_at, covers_from, ends_at, state,",
    )
    .replace("'PAY', 'DRAFT',", "'PAY', 100000, 0, 1, 0, 0, now(), now(), now(), 'ACTIVE',")
)
A_PART_OF_A_DRAFT, A_PREMIUM = A_DRAFT.format(charged=0, held=1), A_DRAFT.format(charged=1, held=0)
# A schedule, its first day and a month that was stated of it, of a provider with a commitment.
A_SERVICE = """
    WITH one AS (
      SELECT c.provider_id, g.venue_id, g.id AS group_id, a.id AS asset_id
      FROM accounts_commitment AS c JOIN backstop_productgroup AS g ON g.venue_id = c.venue_id
      JOIN backstop_asset AS a ON a.venue_id = c.venue_id ORDER BY g.code LIMIT 1
    ), schedule AS (
      INSERT INTO auctions_feeschedule (id, venue_id, product_group_id, asset_id, version, effective_on,
        standby_rate_bps, budget, standby_edge_bps, rebate_bps, min_presence, min_answers, reason)
      SELECT gen_random_uuid(), venue_id, group_id, asset_id, 1, '2027-04-01', 1, {budget}, 0, 0, 0, 0, 'a test'
      FROM one RETURNING id
    ), statement AS (
      INSERT INTO auctions_servicestatement (id, provider_id, schedule_id, month, seconds, present_seconds, asked,
        answered, active, grade, standby_due, standby_paid, rebates_due, rebates_paid)
      SELECT gen_random_uuid(), one.provider_id, schedule.id, '2027-04-01', 9, {present}, 0, 0, true, 'GOOD', 0, 0,
        {rebates}, 0 FROM one, schedule RETURNING id
    )
"""
TAMPERING = {
    "a cover is exhausted by claims alone": A_DRAFT.format(charged=0, held=0)
    + "; UPDATE accounts_cover SET exhausted_at = now()",
    "what a cover was charged is what its insurers earned": A_PREMIUM,
    "no cover is charged, or owes, more than accrued": A_PREMIUM,
    "an insurer holds its part of a cover": A_PART_OF_A_DRAFT,
    "a claim is what its cover says of what its event cost": A_CLAIM,
    "a limit is what its level says, and falls after a notice": A_LEVEL_OF_A_DRAFT,
    "what claims paid is what their insurers paid": A_CLAIM,
    "what claims use of a cover is noted": A_CLAIM,
    "a rate is what its premium makes of regime, rating and use": A_RATE,
    "a margin call is paid once by who cured it": A_CURE,
    "what a cure was repaid is what moved": A_CURE,
    "a cure earns the interest of its contract": A_CURE,
    "a repo is lent by its cover's insurers, each its part": A_REPO,
    "what a repo was repaid is what moved, to each insurer its part": A_REPO,
    "a repo earns the interest of its contract": A_REPO,
    "what is written off of a repo is all that never came back, long after it was due": A_REPO.replace(
        '"left", parked_reason)', '"left", parked_reason, written_off)'
    ).replace("'OPEN', now(), now(), 2, 9, ''", "'WRITTEN_OFF', now(), now(), 0, 0, '', 9"),
    "what is drawn of a cover is what its repos owe or never repaid, within its limit": A_REPO,
    "an insurer has held what it may have to lend, whatever claims took": A_LINE,
    "a repo is lent against no more than its pledge is worth after the haircut": A_REPO,
    "what is pledged a fund holds, or has the proceeds of": A_REPO,
    "an edge to insurers is what their awards were paid above commitments": """
        WITH addend AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 2, 0
          FROM accounts_lossevent AS e, backstop_asset AS a RETURNING id
        )
        INSERT INTO accounts_clusteredge (id, addend_id, providers, amount)
        SELECT gen_random_uuid(), id, ARRAY[gen_random_uuid()], 1 FROM addend
    """,
    "edges add to a claim what its cover would not say without them": A_CLAIM,
    "an insurer pays above its part for edges of its own alone": A_PART_OF_A_DRAFT
    + "; UPDATE accounts_covershare SET paid = 1",
    "the parts of a cover are all of it": A_PART_OF_A_DRAFT,
    "what was free of collateral is told without a gap": """
        WITH noted AS (
          INSERT INTO accounts_notedasset (id, asset_id, since)
          SELECT gen_random_uuid(), id, backstop_now() - interval '1 hour' FROM backstop_asset
        )
        INSERT INTO accounts_freecollateral (account_id, was, free)
        SELECT id, 0, posted - held + 1 FROM accounts_account WHERE kind = 'COLLATERAL' LIMIT 1
    """,
    "what was held is told without a gap": """
        WITH noted AS (
          INSERT INTO accounts_notedasset (id, asset_id, since)
          SELECT gen_random_uuid(), id, backstop_now() - interval '1 hour' FROM backstop_asset
        )
        INSERT INTO accounts_heldquantity (holding_id, was, quantity)
        SELECT id, 0, abs(quantity) + 1 FROM accounts_holding WHERE provider_id IS NOT NULL LIMIT 1
    """,
    "what stood ready was backed by collateral": A_SERVICE.format(budget=0, present=0, rebates=0)
    + """, day AS (
          INSERT INTO auctions_serviceday (id, venue_id, day, due_at, parked_reason)
          SELECT gen_random_uuid(), venue_id, '2027-04-01', backstop_now(), '' FROM one RETURNING id
        ), told AS (
          INSERT INTO accounts_freecollateral (account_id, was, free)
          SELECT a.id, 0, 0 FROM accounts_account AS a JOIN one ON one.provider_id = a.provider_id
        )
        INSERT INTO auctions_servicescore (id, day_id, provider_id, schedule_id, present_seconds, capacity)
        SELECT gen_random_uuid(), day.id, one.provider_id, schedule.id, 1, 0 FROM one, schedule, day
    """,
    "a month of service is its days and answers": A_SERVICE.format(budget=0, present=1, rebates=0) + "SELECT",
    "service is paid as its statement says, within the budget": A_SERVICE.format(budget=0, present=0, rebates=0)
    + """
        INSERT INTO accounts_transfer (id, debit_id, credit_id, amount, purpose, subject_id)
        SELECT gen_random_uuid(), f.id, c.id, 1, 'REBATE', statement.id
        FROM statement, accounts_account AS f, accounts_account AS c
        WHERE f.kind = 'FEES' AND c.kind = 'COLLATERAL' LIMIT 1
    """,
    "rebates are those of books, within their fees": A_SERVICE.format(budget=0, present=0, rebates=1) + "SELECT",
    "no auction is open under a breaker of level 3": """
        WITH opened AS (UPDATE auctions_auction SET state = 'OPEN' WHERE kind = 'SEALED' RETURNING venue_id)
        INSERT INTO auctions_breaker (id, venue_id, level, reason, who, tripped_at)
        SELECT gen_random_uuid(), venue_id, 3, 'a test', 'nobody', backstop_now() FROM opened
    """,
    "accounts hold what was moved": "UPDATE accounts_account SET posted = posted + 1 WHERE kind = 'CLEARING'",
    "an asset sums to zero": "UPDATE accounts_account SET posted = posted + 1 WHERE kind = 'FEES'",
    "what is held is held for something": "UPDATE accounts_account SET held = 1 WHERE kind = 'COLLATERAL'",
    "a book that has ended owes and owns nothing": "UPDATE accounts_account SET posted = 1 WHERE kind = 'ESTATE'",
    "what a closed book left is what its statement sums to": "UPDATE auctions_book SET residual = residual + 1",
    "the steps of an ended lot are exactly the lot": "UPDATE auctions_lot SET units = units + 1",
    "what a fault cost is what was paid for it, and only where it stands": """
        INSERT INTO auctions_providerfault
          (id, created_at, award_id, book_id, provider_id, state, held, drift_until, contest_until, amount, to_estate,
           contest_reason, decision_reason, parked_reason)
        SELECT gen_random_uuid(), now(), w.id, s.book_id, w.provider_id, 'UPHELD', 0, now(), now(), 200, 100, '', '', ''
        FROM auctions_award AS w JOIN auctions_settlement AS s ON s.award_id = w.id
        WHERE w.provider_id IS NOT NULL LIMIT 1
    """,
    "what is void for its marks was left behind by them": f"""
        INSERT INTO auctions_readiness
          (id, created_at, auction_id, provider_id, client_bid_id, place, units, units_left, state, held, max_drift_bps,
           marks, void_marks, void_at, void_reason, end_reason)
        SELECT gen_random_uuid(), now(), u.id, p.id, 'r1', 1, 1, 1, 'VOID', 0, 100,
               '{{"x": "200"}}', '{{"x": "202"}}', now(), '{TOO_FAR}', ''
        FROM auctions_auction AS u CROSS JOIN accounts_provider AS p LIMIT 1
    """,
    "clearing advances no more than an account kept, and its book counts it": (
        "INSERT INTO accounts_transfer (id, debit_id, credit_id, amount, purpose, subject_id) "
        "SELECT gen_random_uuid(), f.id, k.estate_id, 1, 'KEPT_ADVANCED', k.id "
        "FROM auctions_book AS k JOIN accounts_account AS f ON f.kind = 'CLEARING'"
    ),
    "a wish is what its auction was opened with, less what awards took of it": (
        "UPDATE auctions_auction SET state = 'OPEN', reserve_edge_bps = reserve_edge_bps + 1 WHERE kind = 'SEALED'"
    ),
    "drift of an award that failed ends where some of it was given again": """
        WITH again AS ( -- all of the lot again, the next day
          INSERT INTO auctions_award (id, created_at, step_id, beneficiary, first_unit, units, edge_bps, marks,
                                      notional, equity_part, fund_part, estate_held, fund_held, collateral_held,
                                      counted)
          SELECT gen_random_uuid(), w.created_at + interval '1 day', w.step_id, 'VENUE', 0, 100, 0, '{}', 1,
                 0, 0, 0, 0, 0, true
          FROM auctions_award AS w WHERE w.provider_id IS NOT NULL LIMIT 1
        )
        INSERT INTO auctions_providerfault
          (id, created_at, award_id, book_id, provider_id, state, held, drift_until, marks, contest_reason,
           decision_reason, parked_reason)
        SELECT gen_random_uuid(), now(), w.id, s.book_id, w.provider_id, 'COUNTING', 0,
               w.created_at + interval '2 days', w.marks, '', '', ''
        FROM auctions_award AS w JOIN auctions_settlement AS s ON s.award_id = w.id
        WHERE w.provider_id IS NOT NULL LIMIT 1
    """,
    "a fault costs its penalty, or what replacing its award did": """
        INSERT INTO auctions_providerfault
          (id, created_at, award_id, book_id, provider_id, state, held, drift_until, contest_until, amount, to_estate,
           contest_reason, decision_reason, parked_reason)
        SELECT gen_random_uuid(), now(), w.id, s.book_id, w.provider_id, 'UPHELD', 0, now(), now(), 1, 0, '', '', ''
        FROM auctions_award AS w JOIN auctions_settlement AS s ON s.award_id = w.id
        WHERE w.provider_id IS NOT NULL LIMIT 1
    """,
    "no closed book waits for a fault": """
        INSERT INTO auctions_providerfault
          (id, created_at, award_id, book_id, provider_id, state, held, drift_until, contest_reason, decision_reason,
           parked_reason)
        SELECT gen_random_uuid(), now(), w.id, s.book_id, w.provider_id, 'COUNTING', 0, now(), '', '', ''
        FROM auctions_award AS w JOIN auctions_settlement AS s ON s.award_id = w.id
        WHERE w.provider_id IS NOT NULL LIMIT 1
    """,
    "what came in with a book is what it was worth": "UPDATE auctions_book SET cash = cash + 1",
    "what an account kept is worth what it says": "UPDATE auctions_book SET kept_cash = 1",
    "only a book's own version is under way": "UPDATE auctions_lot SET book_version = 2",
    "no unit is awarded twice": "UPDATE auctions_award SET first_unit = 0",
    "what was settled of a position is the position": "UPDATE auctions_award SET units = units - 1",
    "a Dutch auction sold what was taken": "UPDATE auctions_auction SET units_taken = 1",
    "caps count what is in auctions": "UPDATE auctions_cap SET outstanding = 1",
    "no award pays more than the cap of its step": "UPDATE auctions_award SET edge_bps = 501",
    "the fund spends on a book no more than its limit": (
        "INSERT INTO accounts_transfer (id, debit_id, credit_id, amount, purpose, subject_id) "
        "SELECT gen_random_uuid(), f.id, k.estate_id, 1001, 'ADVANCE', k.id "
        "FROM auctions_book AS k JOIN accounts_account AS f ON f.kind = 'FUND'"
    ),
    "a wish is for what is in an auction, or goes into one": """
        INSERT INTO auctions_wish (id, lot_id, fund_id, amount)
        SELECT gen_random_uuid(), l.id, f.id, 1 FROM auctions_lot AS l, accounts_account AS f WHERE f.kind = 'FUND'
    """,
    "a fund pays nothing beyond its draw limits": "UPDATE auctions_award SET fund_part = 100000",
    "a fund pays what covers did not pay of debts within its draw limits": A_CLAIM.replace(
        "INSERT INTO accounts_claim", ", claim AS (INSERT INTO accounts_claim"
    )
    + """
          RETURNING id
        ), addend AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), loss_event_id, asset_id, id, 'BOOK', 2000, 0 FROM auctions_book RETURNING id
        )
        INSERT INTO accounts_losspayment (id, addend_id, layer, claim_id, amount)
        SELECT gen_random_uuid(), addend.id, 'FUND', claim.id, 2000 FROM addend, claim
    """,
    "a take-over is what the fund was awarded": "UPDATE auctions_takeover SET cost = cost + 1",
    "what went of take-overs is what the funds sold": "UPDATE auctions_takeover SET quantity_left = quantity_left / 2",
    "what is left of take-overs is what the funds hold and have in sales": (
        "UPDATE accounts_holding SET quantity = quantity + 1 WHERE provider_id IS NULL"
    ),
    "a lot counts what the fund pays of its edges": (
        "UPDATE auctions_lot SET fund_paid = fund_paid + 1, ended_at = NULL"
    ),
    "a lot counts what its awards are": "UPDATE auctions_lot SET gained = gained + 1, ended_at = NULL",
    "what a take-over gained was moved into the fund": "UPDATE auctions_takeover SET moved = 1",
    "a fund is what came in, went out, and its inventory gained": (
        "UPDATE accounts_account SET posted = posted + 1 WHERE kind = 'FUND'"
    ),
    "the margin of what was settled left with it": "UPDATE auctions_settledtotal SET margin = margin + 1000",
    "a loss is what an estate did not repay": """
        WITH added AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), k.loss_event_id, k.asset_id, k.id, 'BOOK', 2, 0 FROM auctions_book AS k
          ON CONFLICT DO NOTHING
        )
        INSERT INTO accounts_transfer (id, debit_id, credit_id, amount, purpose, subject_id)
        SELECT gen_random_uuid(), f.id, k.estate_id, 1001, 'ADVANCE', k.id
        FROM auctions_book AS k JOIN accounts_account AS f ON f.kind = 'FUND'
    """,
    "what the fund lost by take-overs is a loss of their event": """
        WITH final AS (UPDATE accounts_lossevent SET state = 'FINAL', final_at = backstop_now() + interval '1 s'),
          counted AS (UPDATE auctions_takeover SET counted = -100000)
        INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
        SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 1, 0
        FROM accounts_lossevent AS e, backstop_asset AS a
    """,
    "a loss is paid exactly, or called for, once its event is final": """
        WITH event AS (
          UPDATE accounts_lossevent SET state = 'FINAL' RETURNING id
        )
        INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
        SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 2, 0 FROM event AS e, backstop_asset AS a
    """,
    "what nobody paid, or nobody yet, stands in the venue's losses": (
        "UPDATE accounts_account SET posted = posted - 1 WHERE kind = 'LOSSES'"
    ),
    "who is obliged pays in the layer that its bids say": """
        WITH addend AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 2, 0
          FROM accounts_lossevent AS e, backstop_asset AS a RETURNING id
        )
        INSERT INTO accounts_losspayment (id, addend_id, layer, provider_id, amount)
        SELECT gen_random_uuid(), addend.id, 'CONTRIBUTIONS_NONE', p.id, 2 FROM addend, accounts_provider AS p
    """,
    "nobody pays more of a loss event than it had contributed": """
        WITH addend AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 2, 0
          FROM accounts_lossevent AS e, backstop_asset AS a RETURNING id, loss_event_id, asset_id
        ), obligation AS (
          INSERT INTO accounts_obligation (id, loss_event_id, provider_id, asset_id, contribution, quality)
          SELECT gen_random_uuid(), addend.loss_event_id, p.id, addend.asset_id, 1, 'NONE'
          FROM addend, accounts_provider AS p RETURNING provider_id
        )
        INSERT INTO accounts_losspayment (id, addend_id, layer, provider_id, amount)
        SELECT gen_random_uuid(), addend.id, 'CONTRIBUTIONS_NONE', o.provider_id, 2 FROM addend, obligation AS o
    """,
    "who stood behind an event is obliged for what it owes, by what it had contributed": """
        INSERT INTO accounts_obligation (id, loss_event_id, provider_id, asset_id, contribution, quality)
        SELECT gen_random_uuid(), e.id, p.id, a.id, 1, 'GOOD'
        FROM accounts_lossevent AS e, accounts_provider AS p, backstop_asset AS a
    """,
    "no layer pays more of a loss than it is": """
        WITH addend AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 2, 0
          FROM accounts_lossevent AS e, backstop_asset AS a RETURNING id
        )
        INSERT INTO accounts_losspayment (id, addend_id, layer, amount)
        SELECT gen_random_uuid(), addend.id, 'FUND', 3 FROM addend
    """,
    "nobody is called for more than it may be": """
        WITH obligation AS (
          INSERT INTO accounts_obligation (id, loss_event_id, provider_id, asset_id, contribution, quality)
          SELECT gen_random_uuid(), e.id, p.id, a.id, 1, 'NONE'
          FROM accounts_lossevent AS e, accounts_provider AS p, backstop_asset AS a
          RETURNING id, provider_id, asset_id
        )
        INSERT INTO accounts_assessment (id, venue_id, provider_id, asset_id, obligation_id, amount, state, called_at,
          due_by, parked_reason)
        SELECT gen_random_uuid(), p.venue_id, p.id, o.asset_id, o.id, 2, 'DUE', now(), now() + interval '1 day', ''
        FROM obligation AS o JOIN accounts_provider AS p ON p.id = o.provider_id
    """,
    "what is paid of an assessment is what its provider paid": _called("PAID", 2),
    "an assessment is over once nothing of it is owed, and overdue once its time is": _called("OVERDUE", 0),
    "what is written off of an assessment is all that was never paid of it, long after it was due": _called(
        "WRITTEN_OFF", 0
    ),
    "what is written off somebody else bears": _called("WRITTEN_OFF", 1),
    "what is paid late is out of the money of who was called for it": _called(
        "PAID",
        2,
        """
        INSERT INTO accounts_lossrecovery (id, loss_event_id, assessment_id, asset_id, amount, reference, reason)
        SELECT gen_random_uuid(), o.loss_event_id, c.id, c.asset_id, 2, 'r', 'a test'
        FROM call AS c JOIN obligation AS o ON o.id = c.obligation_id
        """,
    ),
    "nobody owes of an assessment what nobody lacks": _called("OVERDUE", 0),
    "what layers paid is what was moved": (
        "INSERT INTO accounts_transfer (id, debit_id, credit_id, amount, purpose, subject_id) "
        "SELECT gen_random_uuid(), f.id, k.debt_id, 1, 'LOSS_PAID', k.id "
        "FROM auctions_book AS k JOIN accounts_account AS f ON f.kind = 'FIRST_TRANCHE'"
    ),
    "what came back went to who had paid": """
        INSERT INTO accounts_lossrecovery (id, loss_event_id, asset_id, amount, reference, reason)
        SELECT gen_random_uuid(), e.id, a.id, 1, 'r', 'a test' FROM accounts_lossevent AS e, backstop_asset AS a
    """,
    "what accounts gave of a loss is what was moved": _allocated("CASH", "PRO_RATA", 2, (2, 2, 2)),
    "accounts give no more of a loss than nobody paid": _allocated("CASH", "PRO_RATA", 2, (2, 2, 2)),
    "no more is allocated than was to be, nor than an account had": _allocated("CASH", "PRO_RATA", 1, (2, 2, 0)),
    "an account gives no more of a loss than it had": _allocated("CASH", "PRO_RATA", 2, (2, 2, 0), times=2),
    "accounts give by rank, or by what each has": _allocated("CASH", "RANK", 4, (3, 1, 0), (1, 1, 0)),
    "an account gives no more of a loss than it gained": _allocated("CASH", "PRO_RATA", 10, (10, 10, 0)),
    "no more positions are allocated than went back to the venue": _allocated("POSITION", "PRO_RATA", 1, (1, 1, 0)),
    "no layer pays beyond its limits": """
        WITH plan AS (
          INSERT INTO accounts_lossplan (id, venue_id, version, reason)
          SELECT gen_random_uuid(), id, 1, 'a test' FROM backstop_venue RETURNING id
        ), layer AS (
          INSERT INTO accounts_losslayer (id, plan_id, rank, kind, per_event)
          SELECT gen_random_uuid(), id, 3, 'FIRST_TRANCHE', 1 FROM plan
        ), event AS (
          UPDATE accounts_lossevent SET plan_id = (SELECT id FROM plan) RETURNING id
        ), addend AS (
          INSERT INTO accounts_lossaddend (id, loss_event_id, asset_id, subject_id, kind, amount, advances)
          SELECT gen_random_uuid(), e.id, a.id, gen_random_uuid(), 'BOOK', 2, 0 FROM event AS e, backstop_asset AS a
          RETURNING id
        )
        INSERT INTO accounts_losspayment (id, addend_id, layer, amount)
        SELECT gen_random_uuid(), id, 'FIRST_TRANCHE', 2 FROM addend
    """,
    "a loss event is of the owners of its books, as it opened": "UPDATE auctions_book SET account = 'another'",
    "a cover pays of events of whom it protects, and these beside it": A_CLAIM.replace(
        "venue_id, '',", "venue_id, 'b',"
    ),
    "a book is of a loss event that took it": "UPDATE accounts_lossevent SET opened_at = takes_until - interval '1 s'",
    "who is in default has nothing under way": """
        INSERT INTO accounts_providerdefault (id, venue_id, provider_id, state, ground, reason, declared_by,
          declared_at, confirm_by, confirmed_by, book_by, loss_event_id, parked_reason)
        SELECT gen_random_uuid(), c.venue_id, c.provider_id, 'CONFIRMED', 'PAYMENT_MISSED', 'a test', 'a', e.opened_at,
          e.opened_at, 'b', e.opened_at, e.id, ''
        FROM accounts_lossevent AS e, accounts_commitment AS c WHERE c.state = 'ACTIVE' LIMIT 1
    """,
    "an intake says the parameters of its book's playbook": """
        INSERT INTO auctions_chainlink (id, created_at, book_id, book_version, place, kind, digest, document)
        SELECT gen_random_uuid(), backstop_now(), book_id, 9, 0, kind, digest,
          jsonb_set(document, '{playbook,min_groups}', '99')
        FROM auctions_chainlink WHERE kind = 'INTAKE'
    """,
    "readiness holds only while its auction is under way": """
        INSERT INTO auctions_readiness (id, created_at, auction_id, provider_id, client_bid_id, place, units,
          units_left, state, held, void_reason)
        SELECT gen_random_uuid(), backstop_now(), a.id, c.provider_id, 'r1', 1, 1, 1, 'LIVE', 0, ''
        FROM auctions_auction AS a, accounts_commitment AS c WHERE a.kind = 'DUTCH' LIMIT 1
    """,
    "what was cut back holds only while it may take": """
        INSERT INTO auctions_cutbid (id, created_at, bid_id, provider_id, lot_id, waits_in_id, place, units,
          least_units, edge_bps, state, held, void_reason)
        SELECT gen_random_uuid(), backstop_now(), b.id, b.provider_id, s.lot_id, a.id, 1, 1, 1, 0, 'LIVE', 0, ''
        FROM auctions_bid AS b JOIN auctions_auction AS a ON a.id = b.auction_id
        JOIN auctions_step AS s ON s.id = a.step_id WHERE a.state = 'AWARDED' LIMIT 1
    """,
    "a Dutch auction pays no more than filling would have": """
        WITH moved AS (
          UPDATE auctions_award SET step_id = (SELECT id FROM auctions_step WHERE kind = 'DUTCH')
          WHERE bid_id IS NOT NULL
        )
        UPDATE auctions_auction SET filling_edge_bps = -1 WHERE kind = 'SEALED'
    """,
    "what is not contested pays no more than its cap": (
        "UPDATE auctions_auction SET ready_seconds = 1, contested = false, uncontested_cap_bps = 0 "
        "WHERE kind = 'SEALED'"
    ),
    "windows count what was taken": "UPDATE accounts_commitmentuse SET used = used + 1",
    "sealed awards are what their transcript says": (
        "UPDATE auctions_award SET edge_bps = edge_bps + 1 WHERE bid_id IS NOT NULL"
    ),
    "a vault has as many shares as its entries say": "UPDATE accounts_vault SET supply = supply + 1",
    "a depositor has the shares that its entries say": "UPDATE accounts_vaultshare SET shares = shares + 1",
    "shares are priced by what the vault was worth": """
        INSERT INTO accounts_vaultentry (id, vault_id, number, kind, depositor, shares, amount, assets, supply)
        SELECT gen_random_uuid(), v.id, v.entries_made + 1, 'CANCELLED', 'Ann', 1, 0, 5, v.supply
        FROM accounts_vault AS v
    """,
    "what moved for shares is what their entries say": """
        INSERT INTO accounts_transfer (id, debit_id, credit_id, amount, purpose, subject_id)
        SELECT gen_random_uuid(), f.id, c.id, 1, 'DEPOSIT', e.id
        FROM accounts_vaultentry AS e JOIN accounts_vault AS v ON v.id = e.vault_id
        JOIN accounts_account AS c ON c.provider_id = v.provider_id
        JOIN accounts_account AS f ON f.kind = 'CLEARING' AND f.asset_id = c.asset_id
    """,
    "what leaves a vault is what its queue says": "UPDATE accounts_vaultshare SET leaving = leaving + 1",
    "a withdrawal was paid what its entries say": ("UPDATE accounts_vaultwithdrawal SET amount_paid = amount_paid + 1"),
    "a withdrawal that nobody could pay was returned in its time": (
        "UPDATE accounts_vaultwithdrawal SET returned_at = due_at"
    ),
    "a market's regime moves by one step, and is stressed for its time": """
        INSERT INTO auctions_pastregime (id, product_group_id, regime, began_at)
        SELECT gen_random_uuid(), g.id, told.regime, backstop_now() + told.after
        FROM backstop_productgroup AS g
        CROSS JOIN (VALUES ('HALTED', interval '0'), ('CALM', interval '1 hour')) AS told (regime, after)
    """,
    "a market is calm, stressed or halted by what was said of it last": """
        INSERT INTO auctions_marketregime (id, venue_id, product_group_id, regime, began_at, reported_at, depth,
          spread_bps, volatility_bps, stale_share)
        SELECT gen_random_uuid(), venue_id, id, 'HALTED', backstop_now(), backstop_now(), 0, 0, 0, 0
        FROM backstop_productgroup
    """,
    "holdings are the report and what came after it": "UPDATE accounts_holding SET quantity = quantity + 1",
}


def test_every_check_has_its_tampering():
    assert TAMPERING.keys() == CHECKS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("check", CHECKS)
def test_what_was_tampered_with_is_named(check, travel, request):
    travel.freeze()
    request.getfixturevalue("venue")
    close_everything(travel)
    with connection.cursor() as cursor:
        cursor.execute(CHECKS[check], {"venue": None})
        assert cursor.fetchall() == []
        cursor.execute(TAMPERING[check])
        assert cursor.rowcount
        cursor.execute(CHECKS[check], {"venue": None})
        assert cursor.fetchall()


WISH = "a wish is what its auction was opened with"
FAULT = "a fault costs its penalty, or what replacing its award did"
DRIFT = "drift of an award that failed ends where some of it was given again"


def complaints(check: str) -> list[str]:
    return [line for line in audited() if line.startswith(check)]


@pytest.mark.parametrize("kind", ["SEALED", "DUTCH"])
@pytest.mark.parametrize("change", ["+", "-"])
def test_a_wish_that_was_changed_is_named(travel, kind, change):
    venue = market.a_market(travel)
    market.a_playbook(venue, fund_draw_limit="1000", assign="AS_BIDS", mark_max_age_seconds=86400)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="400")
    market.sweep()
    if kind == "DUTCH":
        auction = Auction.objects.get()
        for _ in range(2):
            auction.refresh_from_db()
            travel.to(auction.closes_at)
            market.sweep()
        market.mark_again("19900")
        travel(seconds=40)
        market.take(market.a_bidder(venue), Auction.objects.get(state="OPEN"), units=30)
    auction = Auction.objects.get(state="OPEN")
    assert (auction.kind, audited()) == (kind, [])
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE auctions_wish SET amount = amount {change} 0.01 * amount")
        assert cursor.rowcount == 1
    assert complaints(WISH)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE auctions_providerfault SET amount = amount + 0.000001",
        "UPDATE auctions_providerfault SET to_estate = to_estate - 0.000001",
        "UPDATE auctions_award SET edge_bps = edge_bps + 1 WHERE bid_id IS NOT NULL",
    ],
)
def test_what_a_fault_costs_is_computed_again_while_it_is_contestable_and_once_it_stands(travel, change):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    market.failed_award(venue)
    fault = market.sold_again(venue, travel, edge="60")
    assert audited() == []
    market.decide(market.contest(fault), stands=True)
    market.sweep()
    assert audited() == []
    with connection.cursor() as cursor:
        cursor.execute(change)
        assert cursor.rowcount
    assert complaints(FAULT)


def test_drift_that_ended_at_other_marks_is_named(travel):
    venue = market.a_market(travel)
    market.a_confirming_playbook(venue)
    market.failed_award(venue)
    fault = market.sold_again(venue, travel)
    instrument, mark = next(iter(fault.marks.items()))
    fault.marks = {instrument: mark + 1}
    fault.save()
    assert complaints(DRIFT)
    assert complaints(FAULT)


def test_a_venue_is_audited_alone(venue, travel):
    close_everything(travel)
    other = build.a_venue()
    Account.objects.filter(venue=other, kind=AccountKind.FEES).update(posted=1)
    assert audited(venue) == []
    assert audited(other) != []
