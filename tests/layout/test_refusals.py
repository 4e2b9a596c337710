"""What the house refuses with: every code is written down here once more, since clients rely on it."""

import ast
import re
from itertools import chain

from accounts.rules.refusals import AccountRefusal
from auctions.rules.refusals import BY_CODE, AuctionRefusal
from backstop.errors import Kind
from backstop.refusals import GroundRefusal
from tests.layout.bans import HOUSE, modules

ENUMS = (GroundRefusal, AccountRefusal, AuctionRefusal)
PLACE_BIDS = (HOUSE / "auctions" / "sql" / "place_bids.sql").read_text()
JUDGE_KEY = (HOUSE / "accounts" / "sql" / "judge_key.sql").read_text()
CODE = re.compile(r"(?:code := |place::integer, |THEN |'code', )'(\w+)'")
DATABASE_CODES = {code for text in (PLACE_BIDS, JUDGE_KEY) for code in CODE.findall(text)}
CODES = [
    ("account_full", Kind.REFUSED),
    ("account_healthy", Kind.REFUSED),
    ("address_refused", Kind.NOT_ALLOWED),
    ("amount_not_movable", Kind.REFUSED),
    ("amount_refused", Kind.REFUSED),
    ("approval_decided", Kind.CONFLICT),
    ("approval_lapsed", Kind.CONFLICT),
    ("approval_limit_refused", Kind.REFUSED),
    ("approval_not_asked_by_you", Kind.NOT_ALLOWED),
    ("approval_outdated", Kind.CONFLICT),
    ("approval_same_person", Kind.NOT_ALLOWED),
    ("approval_unknown", Kind.NOT_FOUND),
    ("assessment_missing", Kind.NOT_FOUND),
    ("assessment_overdue", Kind.CONFLICT),
    ("assessment_unknown", Kind.NOT_FOUND),
    ("asset_unknown", Kind.REFUSED),
    ("attachment_low", Kind.CONFLICT),
    ("auction_not_decided", Kind.CONFLICT),
    ("auction_not_open", Kind.CONFLICT),
    ("auction_unknown", Kind.NOT_FOUND),
    ("authority_refused", Kind.UNAUTHENTICATED),
    ("bad_request", Kind.MALFORMED),
    ("bid_duplicate", Kind.CONFLICT),
    ("bid_expired", Kind.CONFLICT),
    ("bid_firm", Kind.CONFLICT),
    ("bid_not_live", Kind.CONFLICT),
    ("bid_reused", Kind.CONFLICT),
    ("bid_unknown", Kind.NOT_FOUND),
    ("bid_void", Kind.CONFLICT),
    ("bid_worse", Kind.REFUSED),
    ("bids_refused", Kind.CONFLICT),
    ("bids_too_many", Kind.CONFLICT),
    ("blank", Kind.REFUSED),
    ("body_broken_off", Kind.MALFORMED),
    ("body_too_large", Kind.TOO_LARGE),
    ("body_too_slow", Kind.TOO_SLOW),
    ("book_awarded", Kind.CONFLICT),
    ("book_not_over", Kind.CONFLICT),
    ("book_owned_by_fund", Kind.CONFLICT),
    ("book_unknown", Kind.NOT_FOUND),
    ("book_version_changed", Kind.CONFLICT),
    ("book_withdrawn", Kind.CONFLICT),
    ("books_refused", Kind.REFUSED),
    ("books_too_many", Kind.CONFLICT),
    ("breaker_scope_refused", Kind.REFUSED),
    ("cap_refused", Kind.REFUSED),
    ("cap_scope_unknown", Kind.REFUSED),
    ("changes_too_many", Kind.CONFLICT),
    ("collateral_insufficient", Kind.CONFLICT),
    ("commitment_exists", Kind.CONFLICT),
    ("commitment_not_in_state", Kind.CONFLICT),
    ("commitment_unknown", Kind.NOT_FOUND),
    ("conditions_refused", Kind.REFUSED),
    ("contribution_insufficient", Kind.CONFLICT),
    ("contribution_obliged", Kind.CONFLICT),
    ("cover_not_in_state", Kind.CONFLICT),
    ("cover_of_one_cluster", Kind.CONFLICT),
    ("cover_overlaps", Kind.CONFLICT),
    ("cover_refused", Kind.REFUSED),
    ("cover_signature_refused", Kind.REFUSED),
    ("cover_unknown", Kind.NOT_FOUND),
    ("cursor_refused", Kind.REFUSED),
    ("database_unavailable", Kind.UNAVAILABLE),
    ("decimal_not_text", Kind.REFUSED),
    ("decimal_refused", Kind.REFUSED),
    ("default_not_declared", Kind.CONFLICT),
    ("default_unknown", Kind.NOT_FOUND),
    ("delivery_unknown", Kind.NOT_FOUND),
    ("digest_refused", Kind.UNAUTHENTICATED),
    ("drill_not_now", Kind.CONFLICT),
    ("drill_unknown", Kind.NOT_FOUND),
    ("dutch_curve_refused", Kind.REFUSED),
    ("edge_below_floor", Kind.CONFLICT),
    ("edge_out_of_range", Kind.REFUSED),
    ("empty", Kind.REFUSED),
    ("entry_price_mismatch", Kind.REFUSED),
    ("exposure_limit_refused", Kind.REFUSED),
    ("exposure_report_outdated", Kind.CONFLICT),
    ("exposure_report_refused", Kind.REFUSED),
    ("exposure_too_large", Kind.CONFLICT),
    ("fault_not_contestable", Kind.CONFLICT),
    ("fault_not_contested", Kind.CONFLICT),
    ("fault_unknown", Kind.NOT_FOUND),
    ("fees_insufficient", Kind.CONFLICT),
    ("field_unknown", Kind.REFUSED),
    ("fund_insufficient", Kind.CONFLICT),
    ("funds_insufficient", Kind.CONFLICT),
    ("ground_missing", Kind.CONFLICT),
    ("group_unknown", Kind.REFUSED),
    ("holdings_report_outdated", Kind.CONFLICT),
    ("holdings_report_refused", Kind.REFUSED),
    ("hours_clause_other", Kind.CONFLICT),
    ("idempotency_key_refused", Kind.REFUSED),
    ("idempotency_key_reused", Kind.REFUSED),
    ("improvement_too_small", Kind.REFUSED),
    ("instrument_delisted", Kind.REFUSED),
    ("instrument_repeated", Kind.REFUSED),
    ("instrument_unknown", Kind.REFUSED),
    ("invalid", Kind.REFUSED),
    ("invalid_choice", Kind.REFUSED),
    ("inverse_edge_missing", Kind.REFUSED),
    ("inverse_edge_not_taken", Kind.REFUSED),
    ("json_excessive", Kind.REFUSED),
    ("json_malformed", Kind.MALFORMED),
    ("key_double", Kind.UNAUTHENTICATED),
    ("key_expired", Kind.UNAUTHENTICATED),
    ("key_for_members", Kind.NOT_ALLOWED),
    ("key_granted_by_you", Kind.NOT_ALLOWED),
    ("key_malformed", Kind.UNAUTHENTICATED),
    ("key_missing", Kind.UNAUTHENTICATED),
    ("key_must_sign", Kind.REFUSED),
    ("key_not_signing", Kind.CONFLICT),
    ("key_not_valid_yet", Kind.UNAUTHENTICATED),
    ("key_not_waiting", Kind.CONFLICT),
    ("key_recent", Kind.CONFLICT),
    ("key_revoked", Kind.UNAUTHENTICATED),
    ("key_rotated", Kind.CONFLICT),
    ("key_unknown", Kind.UNAUTHENTICATED),
    ("key_wider", Kind.REFUSED),
    ("last_event_id_refused", Kind.MALFORMED),
    ("level_refused", Kind.REFUSED),
    ("loss_event_unknown", Kind.NOT_FOUND),
    ("loss_plan_refused", Kind.REFUSED),
    ("margin_insufficient", Kind.CONFLICT),
    ("mark_in_future", Kind.REFUSED),
    ("mark_jumped", Kind.CONFLICT),
    ("mark_missing", Kind.CONFLICT),
    ("mark_outdated", Kind.REFUSED),
    ("mark_repeated", Kind.REFUSED),
    ("mark_stale", Kind.CONFLICT),
    ("marks_refused", Kind.REFUSED),
    ("max_length", Kind.REFUSED),
    ("max_value", Kind.REFUSED),
    ("members_missing", Kind.CONFLICT),
    ("method_not_allowed", Kind.NOT_OFFERED),
    ("min_units_above_units", Kind.REFUSED),
    ("min_units_not_met", Kind.CONFLICT),
    ("min_units_out_of_range", Kind.REFUSED),
    ("min_value", Kind.REFUSED),
    ("moment_refused", Kind.REFUSED),
    ("name_taken", Kind.CONFLICT),
    ("negative", Kind.REFUSED),
    ("networks_refused", Kind.REFUSED),
    ("nonce_used", Kind.UNAUTHENTICATED),
    ("not_a_list", Kind.REFUSED),
    ("not_acceptable", Kind.NOT_ACCEPTABLE),
    ("not_base64", Kind.REFUSED),
    ("not_flag", Kind.REFUSED),
    ("not_found", Kind.NOT_FOUND),
    ("not_positive", Kind.REFUSED),
    ("not_text", Kind.REFUSED),
    ("not_whole", Kind.REFUSED),
    ("nothing_to_sell", Kind.CONFLICT),
    ("notional_too_small", Kind.REFUSED),
    ("null", Kind.REFUSED),
    ("number_too_large", Kind.REFUSED),
    ("out_of_range", Kind.REFUSED),
    ("packages_not_taken", Kind.REFUSED),
    ("packages_too_many", Kind.CONFLICT),
    ("parameter_unknown", Kind.REFUSED),
    ("path_refused", Kind.UNAUTHENTICATED),
    ("payment_above_maximum", Kind.REFUSED),
    ("period_refused", Kind.REFUSED),
    ("permission_denied", Kind.NOT_ALLOWED),
    ("person_unknown", Kind.NOT_ALLOWED),
    ("playbook_missing", Kind.CONFLICT),
    ("position_expired", Kind.GONE),
    ("positions_missing", Kind.REFUSED),
    ("price_not_positive", Kind.REFUSED),
    ("process_before_over", Kind.CONFLICT),
    ("product_group_unknown", Kind.NOT_FOUND),
    ("provider_excluded", Kind.NOT_ALLOWED),
    ("provider_in_default", Kind.CONFLICT),
    ("provider_not_free", Kind.CONFLICT),
    ("provider_not_in_state", Kind.CONFLICT),
    ("provider_suspended", Kind.NOT_ALLOWED),
    ("provider_unknown", Kind.NOT_FOUND),
    ("public_key_known", Kind.CONFLICT),
    ("public_key_refused", Kind.REFUSED),
    ("quantity_not_positive", Kind.REFUSED),
    ("quantity_off_step", Kind.REFUSED),
    ("query_empty", Kind.REFUSED),
    ("query_repeated", Kind.REFUSED),
    ("query_unknown", Kind.REFUSED),
    ("rate_exceeded", Kind.TOO_MANY),
    ("ratio_not_positive", Kind.REFUSED),
    ("read_token_refused", Kind.MALFORMED),
    ("reason_missing", Kind.REFUSED),
    ("recovery_excessive", Kind.CONFLICT),
    ("reference_differs", Kind.REFUSED),
    ("reference_reused", Kind.CONFLICT),
    ("request_in_flight", Kind.CONFLICT),
    ("required", Kind.REFUSED),
    ("restart_stopped", Kind.CONFLICT),
    ("restarts_used_up", Kind.CONFLICT),
    ("scope_missing", Kind.NOT_ALLOWED),
    ("scope_unknown", Kind.REFUSED),
    ("scopes_refused", Kind.REFUSED),
    ("sealed_offer_length", Kind.REFUSED),
    ("sealed_offer_missing", Kind.REFUSED),
    ("sealed_offer_not_taken", Kind.REFUSED),
    ("server_busy", Kind.UNAVAILABLE),
    ("server_error", Kind.FAILED),
    ("settlement_asset_differs", Kind.REFUSED),
    ("settlement_assets_mixed", Kind.REFUSED),
    ("settlement_decided", Kind.CONFLICT),
    ("settlement_expired", Kind.CONFLICT),
    ("settlement_unknown", Kind.NOT_FOUND),
    ("signature_early", Kind.UNAUTHENTICATED),
    ("signature_malformed", Kind.UNAUTHENTICATED),
    ("signature_outdated", Kind.UNAUTHENTICATED),
    ("signature_refused", Kind.UNAUTHENTICATED),
    ("source_reserved", Kind.REFUSED),
    ("spot_not_long", Kind.REFUSED),
    ("take_too_early", Kind.CONFLICT),
    ("terms_not_accepted", Kind.CONFLICT),
    ("terms_refused", Kind.REFUSED),
    ("text_not_storable", Kind.REFUSED),
    ("too_many_at_once", Kind.TOO_MANY),
    ("too_many_streams", Kind.TOO_MANY),
    ("transcript_unknown", Kind.NOT_FOUND),
    ("units_below_minimum", Kind.CONFLICT),
    ("units_not_positive", Kind.REFUSED),
    ("units_too_many", Kind.REFUSED),
    ("unsupported_media_type", Kind.NOT_READ),
    ("user_taken", Kind.CONFLICT),
    ("user_unknown", Kind.REFUSED),
    ("venue_unknown", Kind.NOT_FOUND),
    ("version_outdated", Kind.CHANGED),
    ("webhook_disabled", Kind.CONFLICT),
    ("webhook_full", Kind.CONFLICT),
    ("webhook_kind_unknown", Kind.REFUSED),
    ("webhook_unknown", Kind.NOT_FOUND),
    ("webhook_url_refused", Kind.REFUSED),
    ("webhooks_too_many", Kind.CONFLICT),
    ("window_partial", Kind.REFUSED),
    ("withdrawal_barred", Kind.CONFLICT),
]


def test_no_code_and_no_kind_changes_unnoticed() -> None:
    assert sorted(((one.code, one.kind) for one in chain(*ENUMS)), key=lambda one: one[0]) == CODES


def test_a_code_belongs_to_one_refusal() -> None:
    codes = [one.code for one in chain(*ENUMS)]
    assert len(set(codes)) == len(codes)


def test_every_refusal_says_something() -> None:
    assert all(one.message and re.fullmatch(r"[a-z0-9_]+", one.code) for one in chain(*ENUMS))


def test_every_refusal_is_used() -> None:
    nodes = chain.from_iterable(ast.walk(ast.parse(source)) for _, source in modules())
    used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    unused = [one for one in chain(*ENUMS) if str(one) not in used and one.code not in DATABASE_CODES]
    assert unused == []


def test_the_database_refuses_with_codes_that_there_are() -> None:
    assert {"key_revoked", "nonce_used", "bid_duplicate", "margin_insufficient"} <= DATABASE_CODES <= BY_CODE.keys()


def test_nothing_derives_from_the_error_that_refusals_make() -> None:
    heirs = [
        f"{path}:{node.lineno}"
        for path, source in modules()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("DomainError") for base in node.bases)
    ]
    assert heirs == []


def test_a_message_says_of_what_it_speaks() -> None:
    """Whoever reads it alone, as at a code's address, knows whose default or equity is meant."""
    unclear = re.compile(r"(it|its|they|their)\b")
    assert [refusal.code for refusal in chain(*ENUMS) if unclear.match(refusal.message)] == []
