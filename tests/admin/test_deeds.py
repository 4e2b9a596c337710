"""What operators do: each once, with a reason where somebody is hurt, and a clear word where the rules refuse."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.api.serializers.commitments import TermsInput, TermsOutput, terms_sent
from accounts.models import ApiKey, Commitment, CommitmentTerms, Group, Provider, User
from accounts.rules.keys import hash_of
from accounts.rules.terms import CAPS, FIELDS, StandingTerms, Window, columns_of
from auctions.models import Book, Breaker, Cap, FundInventory, Playbook
from auctions.models.playbooks import NOT_PARAMETERS
from auctions.rules.curves import CURVES
from auctions.tasks import run_stage
from backstop import clock
from backstop.admin.cells import plain
from backstop.api.parsing import read
from backstop.models import Event
from backstop.values.periods import Calendar
from tests import builders as build
from tests import market
from tests.people import send, shown_in, signed_in
from tests.signing import a_public_key

pytestmark = pytest.mark.django_db
WHY = {"reason": "a desk"}


def do(client, page: str, deed: str, *rows, **sent):
    query = "&".join(f"id={row.pk}" for row in rows)
    return send(client, f"{reverse(f'admin:{page}_{deed}')}?{query}", {"reason": "a test", **sent}, follow=True)


def text(answer) -> str:
    return answer.content.decode()


def test_a_sealed_bid_is_hidden_until_the_auction_is_decided(client, sealed):
    page = reverse("admin:auctions_auction_change", args=[sealed.pk])
    pages = [page, reverse("admin:auctions_auction_changelist"), reverse("admin:backstop_event_changelist")]
    for each in pages:
        assert "123.45" not in text(client.get(each))
    html = text(client.get(page))
    assert "hidden from everybody" in html
    assert not re.search(r">7</td>", html)
    assert "Alice" in html


def test_a_sealed_bid_is_shown_once_the_auction_is_decided(client, decided):
    html = text(client.get(reverse("admin:auctions_auction_change", args=[decided.pk])))
    assert '<td class="house-number">123.4567</td>' in html
    assert '<td class="house-number">7</td>' in html


def test_a_commitment_is_approved_from_the_list(client, proposed):
    chosen = {"action": "approve", "_selected_action": [str(proposed.pk)]}
    asked = client.post(reverse("admin:accounts_commitment_changelist"), chosen, follow=True)
    assert "Approve: 1 commitment" in text(asked)
    proposed.refresh_from_db()
    assert proposed.state == "PROPOSED"
    answer = do(client, "accounts_commitment", "approve", proposed)
    proposed.refresh_from_db()
    assert proposed.state == "ACTIVE"
    assert "Approve: Alice" in text(answer)
    assert Event.objects.filter(kind="commitment_approved", subject_id=proposed.pk).count() == 1


def test_a_commitment_is_suspended_with_a_reason_and_resumed(client, proposed):
    refused = do(client, "accounts_commitment", "suspend", proposed, reason="")
    assert "required" in text(refused)
    do(client, "accounts_commitment", "suspend", proposed, reason="never answers")
    proposed.refresh_from_db()
    assert (proposed.state, proposed.state_reason) == ("SUSPENDED", "never answers")
    do(client, "accounts_commitment", "resume", proposed)
    proposed.refresh_from_db()
    assert proposed.state == "ACTIVE"


def test_what_the_rules_refuse_is_said_and_the_others_are_done(client, proposed):
    active = Commitment.objects.exclude(pk=proposed.pk).get()
    assert "the commitment is ACTIVE" in text(do(client, "accounts_commitment", "approve", active))
    answer = text(do(client, "accounts_commitment", "approve", proposed, active))
    assert "the commitment is ACTIVE" in answer
    assert f"Approve: {proposed}" in answer
    proposed.refresh_from_db()
    assert proposed.state == "ACTIVE"


def test_the_funds_inventory_is_sold_through_the_market(client, decided):
    stock = FundInventory.objects.get()
    answer = do(client, "auctions_fundinventory", "sell", stock)
    assert f"Sell through the market: {stock}" in text(answer)
    book = Book.objects.get(owned_by_fund=True)
    assert book.positions.get().quantity == stock.quantity
    stock.refresh_from_db()
    assert stock.quantity == 0
    assert "the fund holds no BTC-PERP" in text(do(client, "auctions_fundinventory", "sell", stock))


def test_remaining_capacity_is_shown_with_the_caps_that_bind(client, proposed):
    active = Commitment.objects.exclude(pk=proposed.pk).get()
    html = text(client.get(reverse("admin:accounts_commitment_change", args=[active.pk])))
    for word in ("per assignment", "in this window", "free collateral", "10,000", "90,000"):
        assert word in html
    assert html.count("<td>binds</td>") == 1
    waiting = text(client.get(reverse("admin:accounts_commitment_change", args=[proposed.pk])))
    assert "not effective" in waiting


def test_a_provider_is_created_suspended_and_resumed(client, venue):
    sent = {"venue": str(venue.pk), "name": "Charlie", "reason": "asked to"}
    client.post(reverse("admin:accounts_provider_create"), sent)
    charlie = Provider.objects.get()
    assert charlie.group == Group.objects.get(name="Charlie")
    again = client.post(reverse("admin:accounts_provider_create"), sent)
    assert "already" in text(again)
    do(client, "accounts_provider", "suspend", charlie, reason="two faults")
    charlie.refresh_from_db()
    assert (charlie.state, charlie.state_reason, charlie.bids_stand) == ("SUSPENDED", "two faults", False)
    do(client, "accounts_provider", "suspend_leaving_bids", charlie, reason="on holiday")
    charlie.refresh_from_db()
    assert (charlie.state_reason, charlie.bids_stand) == ("on holiday", True)
    do(client, "accounts_provider", "resume", charlie, reason="back")
    charlie.refresh_from_db()
    assert charlie.state == "ACTIVE"


def test_the_secret_of_a_key_is_shown_once(client, people):
    alice = people["Alice"]
    sent = {"venue": str(alice.venue_id), "provider": str(alice.pk), "scopes": ["read"], "label": "desk", **WHY}
    answer = client.post(reverse("admin:accounts_apikey_issue"), sent)
    secret = re.search(r"bs_\w+\.[\w.-]+", text(answer))
    assert secret
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.secret_hash == hash_of(secret[0])
    for page in ("changelist", "change"):
        args = [key.pk] if page == "change" else []
        html = text(client.get(reverse(f"admin:accounts_apikey_{page}", args=args)))
        assert key.prefix in html
        assert secret[0] not in html
        assert key.secret_hash not in html


def test_a_key_that_writes_is_granted_and_seen_by_a_member_of_its_provider_alone(client, people):
    alice = people["Alice"]
    sent = {"venue": str(alice.venue_id), "provider": str(alice.pk), "scopes": ["bids"], **WHY}
    assert "only its members see" in text(client.post(reverse("admin:accounts_apikey_issue"), sent))
    mia = User.objects.create_user("mia", is_staff=True)
    collect, hers = reverse("admin:accounts_apikey_collect"), signed_in(mia)
    assert hers.get(collect).status_code == 404
    do(client, "accounts_provider", "join", alice, user=mia.pk, role="ADMIN", reason="hired")
    do(client, "accounts_provider", "grant", alice, scopes=["bids"], label="desk", reason="a desk")
    key = ApiKey.objects.get()
    assert key.prefix in text(hers.get(collect))
    answer = hers.post(collect, {"key": str(key.pk)})
    secret = re.search(r"bs_\w+\.[\w.-]+", text(answer))
    key.refresh_from_db()
    assert secret
    assert key.secret_hash == hash_of(secret[0])
    assert "no-store" in answer["Cache-Control"]
    assert key.prefix not in text(hers.get(collect))
    do(client, "accounts_provider", "leave", alice, user=mia.pk, reason="left")
    assert hers.get(collect).status_code == 404


def test_a_member_registers_a_public_key_and_there_is_no_secret(client, people):
    alice, mia, public_key = people["Alice"], User.objects.create_user("mia", is_staff=True), a_public_key()
    do(client, "accounts_provider", "join", alice, user=mia.pk, role="ADMIN", reason="hired")
    do(client, "accounts_provider", "grant", alice, scopes=["bids"], reason="a desk", networks="192.0.2.0/24, ::1")
    key, hers = ApiKey.objects.get(), signed_in(mia)
    sent = {"key": str(key.pk), "public_key": public_key, "window_seconds": ""}
    answer = text(hers.post(reverse("admin:accounts_apikey_collect"), sent))
    assert f"{key.prefix}.{alice.venue.code}" in answer
    assert "Bearer" not in answer
    page = text(client.get(reverse("admin:accounts_apikey_change", args=[key.pk])))
    assert public_key in page
    assert "192.0.2.0/24, ::1/128" in page
    do(client, "accounts_apikey", "restrict", key, networks="192.0.2.7", expires_at="2030-01-01 00:00")
    key.refresh_from_db()
    assert (key.networks, key.expires_at) == (("192.0.2.7/32",), datetime(2030, 1, 1, tzinfo=UTC))


def test_a_key_with_scopes_of_both_kinds_is_refused(client, people):
    sent = {"venue": str(people["Alice"].venue_id), "scopes": ["books", "bids"], **WHY}
    answer = client.post(reverse("admin:accounts_apikey_issue"), sent)
    assert "choose of" in text(answer)
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked(client, people):
    sent = {"venue": str(people["Alice"].venue_id), "scopes": ["books"], **WHY}
    client.post(reverse("admin:accounts_apikey_issue"), sent)
    key = ApiKey.objects.get()
    do(client, "accounts_apikey", "revoke", key)
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_every_term_of_a_commitment_is_stored_taken_shown_and_on_its_page(client, people):
    terms = StandingTerms(
        sides="LONG",
        min_edge_bps=Decimal("12.5"),
        window=Window(Decimal(2000), 3600),
        calendar=Calendar.WEEKDAY,
        starts_at=datetime(2030, 1, 1, tzinfo=UTC),
        ends_at=datetime(2031, 1, 1, tzinfo=UTC),
        **{name: Decimal(7000 + place) for place, name in enumerate(CAPS) if name != "window"},
    )
    assert None not in columns_of(terms).values(), "a new term wants a value here, unless it is a cap"
    CommitmentTerms.objects.all().delete()
    CommitmentTerms.of(build.a_commitment(people["Alice"]), clock.now() + timedelta(days=1), terms).save()
    row = CommitmentTerms.objects.latest("effective_at")
    assert row.terms == terms
    shown = TermsOutput(row).data
    sent = read(TermsInput, {name: value for name, value in shown.items() if name != "effective_at"})
    assert StandingTerms(**terms_sent(sent)) == terms
    page = client.get(reverse("admin:accounts_commitment_change", args=[row.commitment_id]))
    (panel,) = [panel for panel in page.context["panels"] if panel.title.startswith("Terms")]
    said = dict(zip(["effective_at", *FIELDS], panel.rows[0], strict=True))
    assert len(panel.columns) == len(said)
    assert (said["window"], said["min_edge_bps"], said["sides"]) == ("2,000 in 1:00:00", "12.5", "LONG")
    assert all(said[name] == plain(getattr(terms, name)) for name in CAPS if name != "window")


def test_a_new_playbook_version_starts_from_the_latest(client, venue):
    page = reverse("admin:auctions_playbook_new", args=[venue.pk])
    form = client.get(page).context["form"]
    assert form["fund_draw_limit"].value() == "5000"
    sent = {name: form[name].value() for name in form.fields} | {"sealed_seconds": "45", "reason": "calm"}
    assert ("Sealed seconds", "30", "45") in shown_in(client.post(page, sent), "What is asked for")
    assert Playbook.objects.count() == 1
    send(client, page, sent)
    first, second = Playbook.objects.order_by("version")
    assert (second.version, second.sealed_seconds, second.fund_draw_limit) == (2, 45, 5000)
    assert first.sealed_seconds == 30


def test_a_playbook_that_the_database_would_refuse_is_refused_in_the_form(client, venue):
    page = reverse("admin:auctions_playbook_new", args=[venue.pk])
    form = client.get(page).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"assign_cap_bps": "9000", "reason": "calm"}
    answer = client.post(page, sent)
    assert "Caps rise" in text(answer)
    assert Playbook.objects.count() == 1


def test_the_form_shows_every_parameter_and_each_kind_of_curve(client, venue):
    answer = client.get(reverse("admin:auctions_playbook_new", args=[venue.pk]))
    names = {field.name for field in Playbook._meta.fields} - NOT_PARAMETERS
    assert set(answer.context["form"].fields) == names | {"reason"}
    assert all(f'name="{name}"' in text(answer) for name in names)
    for kind in CURVES:
        assert f"&quot;kind&quot;: &quot;{kind}&quot;" in text(answer)


def test_a_curve_is_chosen_in_the_form_and_one_without_sense_is_refused_with_its_place(client, venue):
    page = reverse("admin:auctions_playbook_new", args=[venue.pk])
    form = client.get(page).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"reason": "calm"}
    refused = client.post(page, sent | {"dutch_curve": '{"kind": "EXPONENTIAL", "cut": "1.5"}'})
    assert "dutch_curve/cut must be above 0 and at most 1" in text(refused)
    send(client, page, sent | {"dutch_curve": '{"kind": "EXPONENTIAL", "cut": "0.995"}'})
    assert Playbook.objects.latest("version").dutch_curve == {"kind": "EXPONENTIAL", "cut": "0.995"}


def test_a_cap_is_set_changed_and_taken_away(client, sealed, venue):
    page = reverse("admin:auctions_cap_set", args=[venue.pk])
    asset = venue.assets.get().pk
    group = venue.product_groups.get().pk
    for limit, shown in (("50000", "50,000"), ("30000", "30,000")):
        sent = {"product_group": group, "asset": asset, "limit": limit, "reason": "calm"}
        answer = send(client, page, sent, follow=True)
        assert f"is {shown}." in text(answer)
        assert f'<td class="house-number">{sealed.units * 400:,}</td>' in text(answer), (
            "what is outstanding stands on the venue's page"
        )
    assert Cap.objects.get(product_group=group).outstanding == sealed.units * 400
    send(client, page, {"product_group": group, "asset": asset, "limit": "", "reason": "calm"})
    assert not Cap.objects.filter(product_group=group).exists()
    refused = client.post(page, {"product_group": "", "asset": asset, "limit": "0.0000001", "reason": "calm"})
    assert "at most 6 decimals" in text(refused)


def test_what_waits_for_room_stands_on_the_pages_of_venue_and_product_group(client, venue, travel):
    travel.freeze()
    group = venue.product_groups.get()
    build.a_cap(venue, "0", product_group=group)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000", reference="the-waiting-one")
    market.sweep()
    cap, book = Cap.objects.get(product_group=group), Book.objects.get()
    assert str(cap) in text(client.get(reverse("admin:auctions_book_change", args=[book.pk])))
    for row in (venue, group, cap):
        page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        html = text(client.get(reverse(page, args=[row.pk])))
        assert "the-waiting-one/0" in html
        assert "product group PERPS" in html or row == group


def test_an_auction_is_halted_released_and_restarted_by_name_and_reason(client, sealed, superuser, travel):
    do(client, "auctions_auction", "halt", sealed, reason="prices jump")
    breaker = Breaker.objects.get()
    assert (breaker.auction, breaker.level, breaker.who) == (sealed, 3, f"user:{superuser.username}")
    sealed.refresh_from_db()
    assert (sealed.state, sealed.halt_reason) == ("HALTED", "breaker: prices jump")
    do(client, "auctions_auction", "release", sealed, reason="calm again")
    run_stage("close_auctions")
    sealed.refresh_from_db()
    assert sealed.state == "OPEN"
    refused = do(client, "auctions_auction", "restart", sealed, reason="a wrong mark")
    assert "as often as its playbook allows" in text(refused)


def test_a_venue_is_stopped_by_a_form_and_goes_on_by_a_deed(client, venue):
    group = venue.product_groups.get()
    sent = {"venue": str(venue.pk), "product_group": group.pk, "auction": "", "level": "2", "reason": "prices jump"}
    page = reverse("admin:auctions_breaker_set")
    foreseen = client.post(page, sent)
    assert not Breaker.objects.exists()
    (then,) = shown_in(foreseen, f"{venue}: Circuit breakers")
    assert then[:3] == ("then", str(group), "2: no reopening or restart either")
    assert client.post(page, sent | {"foreseen": foreseen.context["foreseen"]}).status_code == 302
    breaker = Breaker.objects.get()
    assert (breaker.product_group.code, breaker.level, breaker.reason) == ("PERPS", 2, "prices jump")
    unknown = client.post(page, sent | {"product_group": venue.pk})
    assert "not one of the available choices" in text(unknown)
    do(client, "auctions_breaker", "reset", breaker, reason="calm again")
    breaker.refresh_from_db()
    assert (breaker.level, breaker.reason) == (0, "calm again")


def test_each_deed_is_one_transaction_of_its_own(client, proposed):
    with CaptureQueriesContext(connection) as queries:
        do(client, "accounts_commitment", "approve", proposed)
    opened = [query["sql"] for query in queries if query["sql"].startswith("SAVEPOINT")]
    assert len(opened) <= 2, "perform's, and that of get_or_create at most"
