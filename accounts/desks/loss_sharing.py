"""Who pays what loss events cost, in order of rank: at once, as an addend arises, and once the event is final.

Guarantees that one venue's losses are shared one at a time, that no layer pays beyond its limits, that a layer's money
first repays what the fund advanced, then the debt, and that what nobody has paid yet stands as the event's debt until
it is final.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.desks.claims import ClaimDesk, OfCovers
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.loss_layers import LossLayers
from accounts.desks.loss_parts import BeforeFund, PaidPart, Payer, Share, Unrepaid, pay_of, whose_of
from accounts.events import AssessmentCalled, LossCounted, LossOwed, LossPaid, LossUnallocated
from accounts.lifecycle import LossEventState
from accounts.models import (
    AccountKind,
    AddendKind,
    Assessment,
    ClusterEdge,
    LossAddend,
    LossEvent,
    LossPayment,
    Purpose,
)
from accounts.queries import list_owed
from accounts.rules.sharing.assessments import DUE_AFTER
from accounts.rules.sharing.losses import Unpaid, allocate, attribute
from accounts.rules.sharing.plans import OF_DEFAULTER, LayerKind
from backstop.events import ProviderEvent, VenueEvent
from backstop.models import Asset
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total


class SharingDesk:
    """Addends of the loss events of these ids (`final` now), and who pays them: their `layers`, and their covers by
    `claims`. All that moves is in the journal that it was opened in, or that `count_in` names."""

    def __init__(self, event_ids: Collection[UUID], now: datetime, *, final: bool = False) -> None:
        self.layers = LossLayers(event_ids)
        self.claims = ClaimDesk(self.layers.events.values(), now, final=final)
        self._added: list[LossAddend] = []
        self._paid: list[LossPayment] = []
        self._edges: list[ClusterEdge] = []
        self._called: list[Assessment] = []
        self._told: list[ProviderEvent | VenueEvent] = []

    def open(self, assets: Iterable[Asset], *of_providers: Mapping[Any, UUID]) -> Journal:
        """A journal of its own to count in: of the venue's accounts in these assets, and of these of providers."""
        accounts = {asset.id: venue_accounts(asset.venue_id, asset) for asset in assets}
        own = [account_id for by_kind in accounts.values() for account_id in by_kind.values()]
        journal = Journal.opened([*own, *(account_id for found in of_providers for account_id in found.values())])
        self.count_in(journal, accounts)
        return journal

    def count_in(self, journal: Journal, accounts: Mapping[UUID, Mapping[AccountKind, UUID]]) -> None:
        """Decide by this journal, which holds the venues' own `accounts`, by asset, and those of providers that may
        pay."""
        self.layers.count_in(journal, accounts)
        self.claims.count_in(journal, {asset_id: by_kind[AccountKind.FUND] for asset_id, by_kind in accounts.items()})

    def front_of(self, cost: Unrepaid) -> BeforeFund:
        """What pays of it before the fund does; nothing of an event that is final. It is to be shared at once."""
        event, asset = cost.event, cost.asset
        allocation = allocate(cost.amount, self.layers.in_front(event, asset), asset.scale)
        left = Unpaid(cost.advances, cost.debt)
        parts: list[PaidPart] = []
        for payment in allocation.paid:
            layer = LayerKind(payment.layer)
            whose = event.default.provider_id if layer in OF_DEFAULTER else None
            account = self.layers.account_of(event, asset, layer, None)
            left = pay_of(left, Payer(layer, whose, account_id=account), payment.amount, parts)
        asked = OfCovers((), ZERO)
        if event.state != LossEventState.FINAL and self.claims.covers.insurers_of(event, asset):
            unl = total([*self._counted(event, asset), cost.amount])
            leaving = [(part.whose.account_id, part.amount) for part in parts if part.whose.account_id is not None]
            asked = self.claims.ask(event, asset, unl, left, self._standing(event, asset), leaving, cost.counted_edges)
        for paid in asked.paid:
            left = pay_of(left, whose_of(paid), paid.amount, parts, of_debt=paid.of_debt)
        fund = self.layers.accounts[asset.id][AccountKind.FUND]
        beside = [paid.amount for paid in asked.paid if paid.account_id == fund]
        return BeforeFund(parts, asked.waiting, total([*beside, self.claims.owed_by_fund(event, asset)]))

    def share(self, cost: Unrepaid, front: BeforeFund, covered: Decimal = ZERO) -> None:
        """Have what is in front of the fund pay. The fund bears what is left of its advances, and has `covered` so much
        of the debt; what is left of that, and what waits for covers, stands as the event's debt, and once the event is
        final nobody pays it."""
        if not cost.amount:
            return
        kind = AddendKind.BOOK if cost.debt_id else AddendKind.INVENTORY
        amounts: dict[str, Any] = {"amount": cost.amount, "advances": cost.advances}
        addend = LossAddend(loss_event=cost.event, kind=kind, subject_id=cost.subject_id, asset=cost.asset, **amounts)
        self._added.append(addend)
        self._edges += [
            ClusterEdge(addend=addend, providers=sorted(cluster), amount=paid)
            for cluster, paid in cost.counted_edges.items()
        ]
        self._told.append(LossCounted(**_said(addend), **amounts))
        advances, debt = cost.advances, cost.debt
        for part in front.parts:
            advances, debt = difference(advances, part.to_fund), difference(debt, part.to_debt)
            self._move(cost, part)
            self._note(addend, part)
        waiting = min(front.waiting, advances)
        self._owe_advances(cost, waiting)
        self._note(addend, PaidPart(Payer(LayerKind.FUND), total([advances, covered, waiting.copy_negate()])))
        self._leave(addend, difference(total([debt, waiting]), covered), waiting)

    def pay_claims(
        self, event: LossEvent, owed: Sequence[tuple[LossAddend, Decimal]]
    ) -> list[tuple[LossAddend, Decimal]]:
        """Have covers pay what is due of their claims, of what stands as the event's debt; what is left of that."""
        return self._pay_each(
            event,
            owed,
            lambda asset, amount: [(whose_of(paid), paid.amount) for paid in self.claims.pay_due(event, asset, amount)],
        )

    def pass_down(
        self,
        event: LossEvent,
        owed: Sequence[tuple[LossAddend, Decimal]],
        pays: Callable[[LossAddend, Decimal, Decimal], Decimal],
    ) -> list[tuple[LossAddend, Decimal]]:
        """Have the fund pay what it was not asked for because it waited for covers, which do not pay it: what it `pays`
        of each addend of which so much is left, asked for so much; what is left of the event's debt."""
        left: list[tuple[LossAddend, Decimal]] = []
        for asset, own, asked in self._by_asset(event, owed):
            asked = self._not_paid(event, asset, asked)
            for addend, amount in own:
                paid = pays(addend, amount, min(amount, asked)) if asked else ZERO
                asked = difference(asked, paid)
                shares = [
                    (Payer(LayerKind.FUND, claim=claim), paid) for claim in self.claims.claims_of(event)[:1] if paid
                ]
                left += self._pay(event, [addend], shares, [amount])
        return [(addend, amount) for addend, amount in left if amount]

    def settle(self, owed: Sequence[tuple[LossAddend, Decimal]], now: datetime) -> None:
        """Have the layers behind the fund pay what stands as the debt of events that are final now: so much of each of
        these addends, in order, less what came back of it. Who is obliged is called for what is left, and what is left
        then nobody pays."""
        by_event: defaultdict[tuple[UUID, UUID], list[tuple[LossAddend, Decimal]]] = defaultdict(list)
        for addend, amount in owed:
            by_event[addend.loss_event_id, addend.asset_id].append((addend, amount))
        for standing in by_event.values():
            self._settle([addend for addend, _ in standing], [amount for _, amount in standing], now)

    def pay(
        self,
        event: LossEvent,
        layer: LayerKind,
        amount: Decimal,
        owed: Sequence[tuple[LossAddend, Decimal]],
        provider_id: UUID | None = None,
    ) -> list[tuple[LossAddend, Decimal]]:
        """Have a layer pay so much, of a provider where it is its money, of what is still owed of these addends of the
        event; what is owed of them then."""
        shares: list[Share] = [(Payer(layer, provider_id), amount)]
        return self._pay(event, [addend for addend, _ in owed], shares, [each for _, each in owed])

    def tell_unallocated(self, event: LossEvent, asset: Asset, amount: Decimal) -> None:
        """Tell that no layer pays so much of what it cost."""
        told = LossUnallocated(venue_id=event.venue_id, subject_id=event.id, asset=asset.code, amount=amount)
        self._told.append(told)

    @requires_transaction
    def write(self) -> None:
        """Write claims, addends and payments; the journal has what moved."""
        self.claims.write()
        LossAddend.objects.bulk_create(self._added)
        ClusterEdge.objects.bulk_create(self._edges)
        LossPayment.objects.bulk_create(self._paid)
        Assessment.objects.bulk_create(self._called)
        record_events(self._told)

    def _settle(self, addends: Sequence[LossAddend], owed: Sequence[Decimal], now: datetime) -> None:
        event, asset = self.layers.events[addends[0].loss_event_id], addends[0].asset
        came_back = self.layers.used(event, asset, LayerKind.UNALLOCATED).copy_negate()
        allocation = allocate(difference(total(owed), came_back), self.layers.behind(event, asset), asset.scale)
        lost = self._call(event, asset, allocation.unallocated, now)
        shares: list[Share] = [
            (Payer(LayerKind(payment.layer), whose), amount)
            for payment in allocation.paid
            for whose, amount in payment.shares
        ]
        self._pay(event, addends, [*shares, (Payer(LayerKind.UNALLOCATED), total([lost, came_back]))], owed)
        if lost:
            self.tell_unallocated(event, asset, lost)

    def _call(self, event: LossEvent, asset: Asset, left: Decimal, now: datetime) -> Decimal:
        """Call those who are obliged for so much; what they cannot be called for."""
        allocation = allocate(left, self.layers.assessable(event, asset, now), asset.scale)
        for whose, amount in (share for payment in allocation.paid for share in payment.shares):
            if whose is None or not amount:
                continue
            assessment = Assessment(
                venue_id=event.venue_id,
                provider_id=whose,
                obligation=self.layers.call(event, asset, whose, amount, now),
                asset=asset,
                amount=amount,
                held=self.layers.hold_collateral(asset, whose, amount),
                called_at=now,
                due_by=now + DUE_AFTER,
            )
            self._called.append(assessment)
            self._told.append(AssessmentCalled(**said_of(assessment), held=assessment.held, due_by=assessment.due_by))
        return allocation.unallocated

    def _pay(
        self, event: LossEvent, addends: Sequence[LossAddend], shares: Sequence[Share], owed: Sequence[Decimal]
    ) -> list[tuple[LossAddend, Decimal]]:
        """Have these shares pay of what is owed of these addends, the first the first; what is owed of them then."""
        left = list(owed)
        for place, whose, amount in attribute(shares, owed):
            addend, to_losses = addends[place], ZERO if whose.layer == LayerKind.UNALLOCATED else amount
            left[place] = difference(left[place], amount)
            self._note(addend, PaidPart(whose, amount, to_losses=to_losses))
            if to_losses:
                source = whose.account_id or self.layers.account_of(event, addend.asset, whose.layer, whose.provider_id)
                losses = self.layers.accounts[addend.asset_id][AccountKind.LOSSES]
                self.layers.journal.move(source, losses, to_losses, Purpose.EVENT_DEBT_PAID, addend.subject_id)
        return list(zip(addends, left, strict=True))

    def _pay_each(
        self,
        event: LossEvent,
        owed: Sequence[tuple[LossAddend, Decimal]],
        shares_of: Callable[[Asset, Decimal], list[Share]],
    ) -> list[tuple[LossAddend, Decimal]]:
        """Have these shares pay of what is owed in each asset; what is left of each addend."""
        left: list[tuple[LossAddend, Decimal]] = []
        for asset, own, asked in self._by_asset(event, owed):
            left += self._pay(event, [addend for addend, _ in own], shares_of(asset, asked), [each for _, each in own])
        return [(addend, amount) for addend, amount in left if amount]

    def _by_asset(
        self, event: LossEvent, owed: Sequence[tuple[LossAddend, Decimal]]
    ) -> Iterator[tuple[Asset, list[tuple[LossAddend, Decimal]], Decimal]]:
        """What is owed of addends in each asset, and how much of it is to be paid: not what came back since."""
        for asset in {addend.asset_id: addend.asset for addend, _ in owed}.values():
            own = [(addend, amount) for addend, amount in owed if addend.asset_id == asset.id]
            came_back = self.layers.used(event, asset, LayerKind.UNALLOCATED).copy_negate()
            yield asset, own, max(difference(total(amount for _, amount in own), came_back), ZERO)

    def _not_paid(self, event: LossEvent, asset: Asset, owed: Decimal) -> Decimal:
        """What of it covers were asked for and do not pay, as far as the fund has it."""
        fund = self.layers.accounts[asset.id][AccountKind.FUND]
        not_paid = total(
            amount
            for claim in self.claims.claims_of(event)
            if claim.cover.asset_id == asset.id
            for amount in (claim.refused, claim.open, difference(claim.copay, claim.copaid))
        )
        return max(min(owed, not_paid, self.layers.journal.free(fund)), ZERO)

    def _counted(self, event: LossEvent, asset: Asset) -> list[Decimal]:
        """What the event has cost so far in that asset."""
        rows = LossAddend.objects.filter(loss_event=event, asset=asset).values_list("amount", flat=True)
        new = [each.amount for each in self._added if (each.loss_event_id, each.asset_id) == (event.id, asset.id)]
        return [*rows, *new]

    def _standing(self, event: LossEvent, asset: Asset) -> Decimal:
        """What stands as the event's debt in that asset, with what was counted just now."""
        paid: defaultdict[UUID, list[Decimal]] = defaultdict(list)
        for each in self._paid:
            paid[each.addend_id].append(each.amount)
        known = (*self._owed, *((addend, addend.amount) for addend in self._added))
        of_event = [(addend, amount) for addend, amount in known if addend.loss_event_id == event.id]
        owed = [(addend, difference(amount, *paid[addend.id])) for addend, amount in of_event]
        return total(asked for each, _, asked in self._by_asset(event, owed) if each.id == asset.id)

    @cached_property
    def _owed(self) -> list[tuple[LossAddend, Decimal]]:
        """What stands as the events' debts, but for what is written here."""
        return list_owed(self.layers.events)

    def _owe_advances(self, cost: Unrepaid, amount: Decimal) -> None:
        """What the fund advanced and a cover may have to pay is its event's debt: the fund has it back at once."""
        accounts = self.layers.accounts[cost.asset.id]
        losses, fund = accounts[AccountKind.LOSSES], accounts[AccountKind.FUND]
        self.layers.journal.move(losses, fund, amount, Purpose.ADVANCE_OWED, cost.subject_id)

    def _leave(self, addend: LossAddend, amount: Decimal, of_advances: Decimal) -> None:
        if addend.loss_event.state == LossEventState.FINAL:
            self._note(addend, PaidPart(Payer(LayerKind.UNALLOCATED), amount))
        elif amount:
            self._told.append(LossOwed(**_said(addend), amount=amount, of_advances=of_advances))

    def _move(self, cost: Unrepaid, part: PaidPart) -> None:
        source = part.whose.account_id
        assert source is not None
        fund = self.layers.accounts[cost.asset.id][AccountKind.FUND]
        self.layers.journal.move(source, fund, part.to_fund, Purpose.LOSS_PAID, cost.subject_id)
        if cost.debt_id is not None:
            self.layers.journal.move(source, cost.debt_id, part.to_debt, Purpose.LOSS_PAID, cost.subject_id)

    def _note(self, addend: LossAddend, part: PaidPart) -> None:
        if not part.amount:
            return
        whose = part.whose
        paid: dict[str, Any] = {"layer": whose.layer.value, "provider_id": whose.provider_id, "amount": part.amount}
        self._paid.append(LossPayment(addend=addend, claim=whose.claim, **paid))
        self.layers.use(addend.loss_event, addend.asset, whose.layer, part.amount)
        moved: dict[str, Any] = {"to_fund": part.to_fund, "to_debt": part.to_debt, "to_losses": part.to_losses}
        self._told.append(LossPaid(**_said(addend), **paid, **moved))


def _said(addend: LossAddend) -> Mapping[str, Any]:
    """What every event tells of it."""
    whose = {"venue_id": addend.loss_event.venue_id, "subject_id": addend.loss_event_id}
    book = addend.subject_id if addend.kind == AddendKind.BOOK else None
    return {**whose, "book": book, "asset": addend.asset.code}


def said_of(assessment: Assessment) -> dict[str, Any]:
    """What every event tells of it."""
    return {
        "venue_id": assessment.venue_id,
        "subject_id": assessment.id,
        "provider_id": assessment.provider_id,
        "loss_event": assessment.obligation.loss_event_id,
        "asset": assessment.asset.code,
        "amount": assessment.amount,
    }
