"""Vaults as time goes on: withdrawals in their order, losses, and what both do to their commitments."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.desks.collateral import money_moved
from accounts.desks.journal import Journal, venue_accounts
from accounts.events import VaultWithdrawalReturned
from accounts.lifecycle import CommitmentState, WithdrawalState
from accounts.models import (
    AccountKind,
    CommitmentTerms,
    LossEvent,
    Purpose,
    SuspendedFor,
    User,
    Vault,
    VaultDeposit,
    VaultShare,
)
from accounts.models.vaults import EntryKind
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.queries import list_vault_withdrawals
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.vaults import RETURNED_AFTER
from auctions.operations.sweeps import settle_vaults
from auctions.tasks import run_stage
from backstop import clock
from backstop.models import Event
from backstop.record import record_events
from backstop.transactions import operation
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_declare_default import declare
from tests.operations.test_loss_sharing import clean, found_by_audit
from tests.operations.test_report_exposure import report
from tests.operations.test_take_deposit import a_vault, deposit, leave, pool, shares
from tests.refusing import refused

pytestmark = pytest.mark.django_db

WHOLE = 10**12  # the shares of one dollar, where nothing was won or lost


@pytest.fixture
def venue(travel):
    travel.freeze()
    venue = market.a_market(travel)
    market.a_playbook(venue)
    return venue


def waits(venue) -> dict[UUID, UUID | None]:
    """For which loss event each withdrawal does."""
    return dict(list_vault_withdrawals(venue.id).values_list("id", "waits_for"))


@pytest.fixture
def vault(venue):
    vault = a_vault(venue)
    deposit(vault, "100")
    deposit(vault, "100", "Ben")
    build.a_commitment(vault.provider, product_group=build.a_group_of_products(venue), min_edge_bps="20")
    return vault


@operation
def hold(*, account_id, amount: str) -> None:
    journal = Journal.opened([account_id])
    journal.hold(account_id, Decimal(amount))
    journal.write()


def bind(vault, amount: str) -> None:
    """So much of the pool is held for something; below zero: no more."""
    perform(hold, account_id=build.provider_account(vault.provider).id, amount=amount)


def clean_once_free(vault) -> None:
    """Whatever was held for a test is not any more."""
    bind(vault, f"-{build.provider_account(vault.provider).held}")
    clean()


def settle(travel, **later: float) -> None:
    travel(**(later or {"seconds": 5}))
    market.sweep("settle_vaults")


def now(row):
    row.refresh_from_db()
    return row


@operation
def lose(*, account, amount: str) -> None:
    asset, lost_as = account.asset, uuid4()
    clearing = venue_accounts(account.venue_id, asset)[AccountKind.CLEARING]
    journal = Journal.opened([account.id, clearing])
    journal.move(account.id, clearing, Decimal(amount), Purpose.WITHDRAWAL, lost_as)
    told = money_moved(account, asset=asset.code, amount=-Decimal(amount), reference=str(lost_as), reason="lost")
    record_events([told(lost_as)])
    journal.write()


def lost(vault, amount: str) -> None:
    """So much of the pool is gone."""
    perform(lose, account=build.provider_account(vault.provider), amount=amount)


def a_loss_event(venue, opened_at: datetime, final_by: datetime) -> LossEvent:
    whole = {"venue": venue, "kind": "ACCOUNT", "account": "a", "hours_clause_seconds": 259200}
    ends = {"takes_until": opened_at + timedelta(days=3), "final_by": final_by}
    return LossEvent.objects.create(**whole, opened_at=opened_at, **ends)


def state(vault) -> CommitmentState:
    return vault.provider.commitments.get().state


class TestWithdrawals:
    @pytest.mark.parametrize(("seconds", "paid"), [(3599, 0), (3600, 50)])
    def test_they_are_paid_after_the_notice_and_not_before(self, vault, travel, seconds, paid) -> None:
        withdrawal = leave(vault, 50 * WHOLE)
        settle(travel, seconds=seconds)
        assert now(withdrawal).amount_paid == paid
        assert pool(vault) == 200 - paid
        assert shares(vault) == (100 - paid) * WHOLE
        clean()

    def test_of_a_long_queue_a_batch_is_paid_in_one_transaction_whatever_its_length_at_the_same_cost(
        self, vault, travel, monkeypatch
    ) -> None:
        monkeypatch.setattr(settle_vaults, "BATCH", 3)
        withdrawals = [leave(vault, WHOLE, name, f"{name} {n}") for n in range(4) for name in ("Ann", "Ben")]
        travel(hours=1)
        statements = []
        for paid in (3, 6, 8):
            with CaptureQueriesContext(connection) as queries:
                assert run_stage("settle_vaults") == 1
            statements.append(len(queries))
            assert sum(now(each).state == WithdrawalState.PAID for each in withdrawals) == paid
            assert Vault.objects.get().suspended_for == ""
        assert len({*statements}) == 1
        assert run_stage("settle_vaults") == 0
        clean()

    def test_while_nothing_may_be_paid_or_taken_the_venues_door_is_locked_by_nobody(self, vault, travel) -> None:
        leave(vault, WHOLE)
        bind(vault, "200")
        clearing = build.venue_account(vault.venue, AccountKind.CLEARING).id.hex
        for later, is_locked in ((5, False), (3600, False), (0, True)):
            travel(seconds=later)
            if is_locked:
                bind(vault, "-1")
                travel(seconds=5)
            with CaptureQueriesContext(connection) as queries:
                assert run_stage("settle_vaults") == 1
            locked = [each["sql"] for each in queries if "FOR NO KEY UPDATE" in each["sql"] and clearing in each["sql"]]
            assert bool(locked) == is_locked

    def test_they_bear_losses_until_they_are_paid(self, vault, travel) -> None:
        withdrawal = leave(vault, 100 * WHOLE)
        lost(vault, "20")
        settle(travel, hours=1)
        assert now(withdrawal).state == WithdrawalState.PAID
        assert withdrawal.amount_paid == Decimal("90")
        clean()

    def test_they_are_paid_as_far_as_collateral_is_free_and_the_rest_stands_first(self, vault, travel) -> None:
        first = leave(vault, 100 * WHOLE)
        travel(seconds=1)
        second = leave(vault, 10 * WHOLE, "Ben")
        bind(vault, "130")
        settle(travel, hours=1)
        assert (now(first).amount_paid, first.shares_left) == (70, 30 * WHOLE)
        assert now(second).amount_paid == 0
        assert Vault.objects.get().suspended_for == SuspendedFor.UNPAID
        assert state(vault) == CommitmentState.SUSPENDED
        bind(vault, "-35")
        settle(travel)
        assert (now(first).state, first.amount_paid, now(second).amount_paid) == (WithdrawalState.PAID, 100, 5)
        bind(vault, "-95")
        settle(travel)
        assert now(second).state == WithdrawalState.PAID
        assert (Vault.objects.get().suspended_for, state(vault)) == ("", CommitmentState.ACTIVE)
        clean()

    def test_what_is_free_to_the_last_cent_is_enough(self, vault, travel) -> None:
        withdrawal = leave(vault, 100 * WHOLE)
        bind(vault, "100")
        settle(travel, hours=1)
        assert now(withdrawal).state == WithdrawalState.PAID
        assert Vault.objects.get().suspended_for == ""

    def test_a_deposit_pays_who_waited(self, vault, travel) -> None:
        withdrawal = leave(vault, 100 * WHOLE)
        bind(vault, "200")
        settle(travel, hours=1)
        deposit(vault, "100", "Carol")
        settle(travel)
        assert now(withdrawal).state == WithdrawalState.PAID

    def test_only_loss_events_that_opened_before_they_fell_due_stop_them(self, vault, venue, travel) -> None:
        early, late = leave(vault, WHOLE), None
        travel(minutes=30)
        late = leave(vault, WHOLE, "Ben")
        travel(minutes=30)
        event = a_loss_event(venue, early.due_at, clock.now() + timedelta(days=4))
        settle(travel, minutes=30)
        assert now(early).state == WithdrawalState.PAID
        assert now(late).state == WithdrawalState.QUEUED
        assert Vault.objects.get().suspended_for == ""
        assert waits(venue) == {early.id: None, late.id: event.id}
        travel.to(event.final_by)
        assert waits(venue) == {early.id: None, late.id: None}
        settle(travel)
        assert now(late).state == WithdrawalState.PAID

    def test_they_wait_while_the_provider_is_declared_in_default(self, vault, travel) -> None:
        withdrawal = leave(vault, WHOLE)
        travel(minutes=30)
        User.objects.create(username="olivia")
        declare(vault.provider)
        settle(travel, minutes=30)
        assert now(withdrawal).state == WithdrawalState.QUEUED
        assert Vault.objects.get().suspended_for == SuspendedFor.UNPAID
        travel(minutes=30)
        market.sweep("lapse_defaults")
        settle(travel)
        assert now(withdrawal).state == WithdrawalState.PAID

    def test_a_silent_venue_keeps_nobody(self, vault, travel) -> None:
        report(vault.provider, "50", "0")
        withdrawal = leave(vault, 100 * WHOLE)
        settle(travel, days=1)
        assert now(withdrawal).amount_paid == 100


class TestReturns:
    @pytest.fixture
    def withdrawal(self, vault, travel):
        """Of half of the pool, which is held, all of it."""
        bind(vault, "200")
        withdrawal = leave(vault, 100 * WHOLE)
        settle(travel, hours=1)
        return now(withdrawal)

    def leaving(self) -> Decimal:
        return VaultShare.objects.get(depositor="Ann").leaving

    def told(self) -> list[dict[str, object]]:
        return list(Event.objects.filter(kind=VaultWithdrawalReturned.KIND).values_list("payload", flat=True))

    def test_a_microsecond_before_its_time_it_stands_in_the_queue(self, vault, withdrawal, travel) -> None:
        travel.to(withdrawal.due_at + RETURNED_AFTER - timedelta(microseconds=1))
        market.sweep("settle_vaults")
        assert now(withdrawal).state == WithdrawalState.QUEUED
        assert self.leaving() == 100 * WHOLE
        clean_once_free(vault)

    def test_at_its_time_its_shares_stay_and_nobody_elses_change(self, vault, withdrawal, travel) -> None:
        travel.to(withdrawal.due_at + RETURNED_AFTER)
        market.sweep("settle_vaults")
        assert (now(withdrawal).state, withdrawal.returned_at) == (WithdrawalState.RETURNED, clock.now())
        assert (withdrawal.shares_left, withdrawal.amount_paid) == (100 * WHOLE, 0)
        assert (self.leaving(), shares(vault), shares(vault, "Ben")) == (0, 100 * WHOLE, 100 * WHOLE)
        said = {"depositor": "Ann", "reference": withdrawal.reference, "shares": str(100 * WHOLE)}
        assert [said.items() <= payload.items() for payload in self.told()] == [True]
        clean_once_free(vault)
        settle(travel)
        assert len(self.told()) == 1

    def test_its_vault_is_looked_at_again_at_its_time_and_not_before(self, vault, withdrawal, travel) -> None:
        at = withdrawal.due_at + RETURNED_AFTER
        travel.to(at - timedelta(seconds=2))
        market.sweep("settle_vaults")
        assert run_stage("settle_vaults") == 0
        travel.to(at - timedelta(microseconds=1))
        assert run_stage("settle_vaults") == 0
        travel.to(at)
        assert run_stage("settle_vaults") == 1
        assert now(withdrawal).state == WithdrawalState.RETURNED
        assert run_stage("settle_vaults") == 0

    def test_what_was_paid_of_it_stays_paid_and_the_rest_is_returned(self, vault, withdrawal, travel) -> None:
        bind(vault, "-70")
        settle(travel)
        travel.to(withdrawal.due_at + RETURNED_AFTER)
        market.sweep("settle_vaults")
        assert now(withdrawal).state == WithdrawalState.RETURNED
        assert (withdrawal.amount_paid, withdrawal.shares_left) == (70, 30 * WHOLE)
        assert (self.leaving(), shares(vault)) == (0, 30 * WHOLE)
        assert [payload["shares"] for payload in self.told()] == [str(30 * WHOLE)]
        clean_once_free(vault)

    @pytest.mark.parametrize(
        ("free", "state", "paid"), [("100", WithdrawalState.PAID, 100), ("40", WithdrawalState.RETURNED, 40)]
    )
    def test_what_may_be_paid_at_its_very_time_is_paid_first(
        self, vault, withdrawal, travel, free, state, paid
    ) -> None:
        travel.to(withdrawal.due_at + RETURNED_AFTER)
        bind(vault, f"-{free}")
        market.sweep("settle_vaults")
        assert (now(withdrawal).state, withdrawal.amount_paid) == (state, paid)
        assert self.leaving() == 0
        clean_once_free(vault)

    def test_what_gets_free_before_the_vault_is_locked_pays_it(self, vault, withdrawal, travel, monkeypatch) -> None:
        """As it looked, nothing was free."""
        travel.to(withdrawal.due_at + RETURNED_AFTER)
        monkeypatch.setattr(settle_vaults, "has_free_collateral", lambda vault: False)
        bind(vault, "-100")
        market.sweep("settle_vaults")
        assert now(withdrawal).state == WithdrawalState.PAID

    def test_a_loss_event_that_is_final_at_its_time_stops_it_no_more(self, vault, venue, withdrawal, travel) -> None:
        at = withdrawal.due_at + RETURNED_AFTER
        a_loss_event(venue, withdrawal.due_at - timedelta(minutes=1), at)
        travel.to(at - timedelta(microseconds=1))
        bind(vault, "-200")
        market.sweep("settle_vaults")
        assert now(withdrawal).state == WithdrawalState.QUEUED
        travel.to(at)
        market.sweep("settle_vaults")
        assert now(withdrawal).state == WithdrawalState.PAID

    def test_one_that_a_loss_event_still_stops_is_returned_and_waits_for_none(
        self, vault, venue, withdrawal, travel
    ) -> None:
        at = withdrawal.due_at + RETURNED_AFTER
        a_loss_event(venue, withdrawal.due_at - timedelta(minutes=1), at + timedelta(days=1))
        travel.to(at)
        bind(vault, "-200")
        market.sweep("settle_vaults")
        assert now(withdrawal).state == WithdrawalState.RETURNED
        assert waits(venue) == {withdrawal.id: None}

    def test_it_may_be_asked_for_again_at_once_and_has_lost_its_place_alone(self, vault, withdrawal, travel) -> None:
        travel(days=1)
        other = leave(vault, 100 * WHOLE, "Ben")
        travel.to(withdrawal.due_at + RETURNED_AFTER)
        with refused(AccountRefusal.SHARES_INSUFFICIENT):
            leave(vault, 1)
        market.sweep("settle_vaults")
        again = leave(vault, 100 * WHOLE, reference="again")
        bind(vault, "-100")
        settle(travel, hours=1)
        assert (now(other).state, now(again).state) == (WithdrawalState.PAID, WithdrawalState.QUEUED)
        bind(vault, "-100")
        settle(travel)
        assert (now(again).state, again.amount_paid) == (WithdrawalState.PAID, 100)
        clean_once_free(vault)

    def test_its_reference_stays_that_of_what_was_returned(self, vault, withdrawal, travel) -> None:
        settle(travel, days=90)
        assert leave(vault, 100 * WHOLE, reference=withdrawal.reference).state == WithdrawalState.RETURNED
        assert self.leaving() == 0

    def test_of_losses_before_its_time_and_after_it_bears_as_much_as_who_stayed(
        self, vault, withdrawal, travel
    ) -> None:
        bind(vault, "-10")
        lost(vault, "10")
        settle(travel, days=90)
        assert now(withdrawal).state == WithdrawalState.RETURNED
        bind(vault, "-10")
        lost(vault, "10")
        again, other = leave(vault, 100 * WHOLE, reference="again"), leave(vault, 100 * WHOLE, "Ben")
        bind(vault, "-180")
        settle(travel, hours=1)
        assert now(again).amount_paid == now(other).amount_paid == 90
        clean_once_free(vault)

    def test_a_vault_that_owes_nothing_any_more_goes_on(self, vault, withdrawal, travel) -> None:
        assert (Vault.objects.get().suspended_for, state(vault)) == (SuspendedFor.UNPAID, CommitmentState.SUSPENDED)
        travel.to(withdrawal.due_at + RETURNED_AFTER)
        market.sweep("settle_vaults")
        settle(travel)
        assert (Vault.objects.get().suspended_for, state(vault)) == ("", CommitmentState.ACTIVE)

    def test_of_a_long_queue_a_batch_is_returned_in_one_transaction(self, vault, travel, monkeypatch) -> None:
        monkeypatch.setattr(settle_vaults, "BATCH", 3)
        bind(vault, "200")
        withdrawals = [leave(vault, WHOLE, name, f"{name} {n}") for n in range(4) for name in ("Ann", "Ben")]
        settle(travel, hours=1)
        travel(days=90)
        for returned in (3, 6, 8):
            assert run_stage("settle_vaults") == 1
            assert sum(now(each).state == WithdrawalState.RETURNED for each in withdrawals) == returned
            assert Vault.objects.get().suspended_for == SuspendedFor.UNPAID
        assert run_stage("settle_vaults") == 0
        clean_once_free(vault)

    def test_of_nothing_nothing_is_returned(self, vault, withdrawal, travel) -> None:
        bind(vault, "-200")
        lost(vault, "200")
        settle(travel, days=90)
        assert now(withdrawal).state == WithdrawalState.CANCELLED
        assert self.told() == []

    def test_the_audit_names_one_that_is_not_returned_for_long(self, vault, withdrawal, travel) -> None:
        bind(vault, "-200")
        travel.to(withdrawal.due_at + RETURNED_AFTER + timedelta(days=1) - timedelta(microseconds=1))
        clean()
        travel(microseconds=1)
        ((_, named),) = found_by_audit()
        assert str(withdrawal.id) in named


class TestLosses:
    @pytest.mark.parametrize(("amount", "suspended"), [("39.999999", ""), ("40", SuspendedFor.LOSS)])
    def test_at_the_threshold_its_commitments_are_suspended(self, vault, travel, amount, suspended) -> None:
        settle(travel)
        lost(vault, amount)
        settle(travel)
        assert Vault.objects.get().suspended_for == suspended
        assert state(vault) == (CommitmentState.SUSPENDED if suspended else CommitmentState.ACTIVE)
        clean()

    def test_what_was_won_counts_as_lost_when_it_is_gone(self, vault, travel) -> None:
        report(vault.provider, "51", "0")
        settle(travel)
        report(vault.provider, "0", "0")
        settle(travel)
        assert Vault.objects.get().suspended_for == SuspendedFor.LOSS

    def test_it_stays_suspended_when_it_wins_again_whoever_resumes_a_commitment(self, vault, travel) -> None:
        settle(travel)
        lost(vault, "40")
        settle(travel)
        build.pay_in(vault.provider, "40")
        perform(resume_commitment, commitment_id=vault.provider.commitments.get().id, reason="a test")
        settle(travel)
        assert state(vault) == CommitmentState.SUSPENDED

    def test_where_nothing_is_left_the_shares_are_cancelled_and_those_that_leave(self, vault, travel) -> None:
        withdrawal = leave(vault, WHOLE)
        lost(vault, "200")
        settle(travel)
        assert now(withdrawal).state == WithdrawalState.CANCELLED
        assert [(row.shares, row.leaving) for row in VaultShare.objects.all()] == [(0, 0), (0, 0)]
        assert Vault.objects.get().supply == 0
        assert vault.entries.filter(kind=EntryKind.CANCELLED).count() == 2
        assert Vault.objects.get().suspended_for == SuspendedFor.LOSS
        clean()

    def test_the_last_smallest_amount_keeps_the_shares(self, vault, travel) -> None:
        lost(vault, "199.999999")
        settle(travel)
        assert Vault.objects.get().supply == 200 * WHOLE

    def test_nothing_is_cancelled_or_suspended_by_what_only_stands_in(self, vault, travel) -> None:
        report(vault.provider, "50", "0")
        settle(travel)
        settle(travel, days=1)
        assert Vault.objects.get().suspended_for == ""
        lost(vault, "200")
        settle(travel)
        assert (Vault.objects.get().supply, Vault.objects.get().suspended_for) == (200 * WHOLE, "")

    def test_what_comes_back_from_the_venue_is_counted_once_the_venue_has_said_so(self, vault, travel) -> None:
        report(vault.provider, "50", "0")
        settle(travel)
        build.pay_in(vault.provider, "50")
        settle(travel)
        assert deposit(vault, "10", "Carol").state == "WAITING"
        report(vault.provider, "0", "0")
        settle(travel)
        assert Vault.objects.get().suspended_for == ""
        assert shares(vault, "Carol") == pytest.approx(8 * WHOLE, rel=1e-6)

    def test_a_deposit_that_came_before_the_shares_were_cancelled_is_taken_after_it(self, vault, travel) -> None:
        settle(travel)
        lost(vault, "200")
        waiting = deposit(vault, "10", "Carol")
        assert waiting.state == "WAITING"
        settle(travel)
        assert VaultDeposit.objects.get(id=waiting.id).shares == 10 * WHOLE


class TestPublishedEdge:
    def edge(self, vault) -> Decimal:
        terms = CommitmentTerms.objects.filter(commitment__provider=vault.provider, effective_at__lte=clock.now())
        return terms.latest("effective_at").min_edge_bps

    def test_it_follows_the_regime_after_notice_where_it_is_worse_and_at_once_where_better(self, vault, travel) -> None:
        settle(travel)
        assert self.edge(vault) == 20
        build.conditions(vault.venue, spread_bps=Decimal(10_000))
        settle(travel)
        assert self.edge(vault) == 20
        travel(hours=1)
        build.conditions(vault.venue, spread_bps=Decimal(10_000))
        assert self.edge(vault) == 60
        travel(minutes=30)
        build.conditions(vault.venue)
        settle(travel)
        assert self.edge(vault) == 20

    def test_who_asks_for_another_is_brought_back(self, vault, travel) -> None:
        CommitmentTerms.objects.update(min_edge_bps=Decimal(10))
        settle(travel)
        travel(hours=1)
        assert self.edge(vault) == 20


def test_what_was_suspended_by_hand_stays_so(vault, travel) -> None:
    perform(suspend_commitment, commitment_id=vault.provider.commitments.get().id, reason="a test")
    bind(vault, "200")
    leave(vault, WHOLE)
    settle(travel, hours=1)
    bind(vault, "-200")
    settle(travel)
    assert Vault.objects.get().suspended_for == ""
    assert state(vault) == CommitmentState.SUSPENDED
