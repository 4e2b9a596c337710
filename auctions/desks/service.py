"""Service: a day is counted, and a month of counted days stated, as the rules of standby and service have it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from accounts.rules.standby import StandbyWatch
from auctions.desks.legs import leg_of, positions_of
from auctions.models import (
    Auction,
    FeeSchedule,
    Position,
    ServiceAnswer,
    ServiceDay,
    ServiceRebate,
    ServiceScore,
    ServiceStatement,
)
from auctions.models.service import midnight
from auctions.queries.service import AskedLot, list_asked_lots, list_paid_awards, list_schedules, was_active
from auctions.queries.standby import load_watches
from auctions.rules.lots import slice_legs
from auctions.rules.price_clock import seconds_between
from auctions.rules.service import Served, rebate, standby_fee, within
from auctions.rules.valuation import notional_of
from backstop.values.amounts import ZERO, to_smallest, total

Share = tuple[UUID, UUID]  # of a provider, under a schedule


class ServiceDesk:
    """A day that is over, of a venue that pays for service by these schedules; nothing is written before `write`."""

    def __init__(self, day: ServiceDay) -> None:
        self.day = day
        self.schedules = list_schedules(day.venue_id, day.month)
        self._scores: list[ServiceScore] = []
        self._answers: list[ServiceAnswer] = []

    def count(self) -> None:
        """Say how everybody with commitments stood on the day, and answered for the lots that ended on it."""
        if not self.schedules:
            return
        lots = list_asked_lots(self.day.venue_id, self.day.starts_at, self.day.ends_at)
        since = min([self.day.starts_at, *(auction.opens_at for lot in lots for auction in lot.auctions)])
        by_group = {schedule.product_group_id: schedule for schedule in self.schedules}
        for (provider_id, asset_id), watch in load_watches(self.schedules, since, self.day.ends_at).items():
            for group_id, stood in watch.count(self.day.starts_at, self.day.ends_at).items():
                score = ServiceScore(
                    day=self.day,
                    provider_id=provider_id,
                    schedule=by_group[group_id],
                    present_seconds=seconds_between(self.day.starts_at, self.day.starts_at + stood.present),
                    capacity=stood.capacity,
                )
                self._scores.append(score)
            for lot in lots:
                auction = _asked_by(lot, provider_id, watch) if lot.asset_id == asset_id else None
                if auction is not None:
                    self._answers += self._answered(lot, provider_id, auction, by_group)

    def write(self) -> None:
        """Write what was counted."""
        ServiceScore.objects.bulk_create(self._scores)
        ServiceAnswer.objects.bulk_create(self._answers)

    def _answered(
        self, lot: AskedLot, provider_id: UUID, auction: Auction, by_group: Mapping[UUID, FeeSchedule]
    ) -> list[ServiceAnswer]:
        return [
            ServiceAnswer(
                day=self.day,
                provider_id=provider_id,
                schedule=by_group[group_id],
                lot_id=lot.lot_id,
                auction=auction,
                asked_at=auction.opens_at,
                answered=provider_id in lot.answered,
            )
            for group_id in lot.product_groups
        ]


def _asked_by(lot: AskedLot, provider_id: UUID, watch: StandbyWatch) -> Auction | None:
    """The first auction of the lot that was open to a provider who stood ready for all of it when it opened; None: none
    was."""
    for auction in lot.auctions:
        if provider_id not in auction.excluded_providers and lot.product_groups <= watch.present_at(auction.opens_at):
            return auction
    return None


@dataclass(frozen=True, slots=True)
class _TakenOfBook:
    """What a provider took of a book in a product group."""

    book_id: UUID
    whose: Share
    notional: Decimal


class MonthDesk:
    """The month that ends with this day, all of whose days are counted."""

    def __init__(self, last: ServiceDay) -> None:
        self.month = last.month
        self.since, self.until = midnight(last.month), last.ends_at
        self.schedules = {schedule.id: schedule for schedule in list_schedules(last.venue_id, last.month)}
        days = {"schedule__in": self.schedules, "day__day__gte": last.month, "day__day__lte": last.day}
        self._present: defaultdict[Share, list[Decimal]] = defaultdict(list)
        self._capacities: defaultdict[Share, list[Decimal]] = defaultdict(list)
        for score in ServiceScore.objects.filter(**days):
            self._present[score.provider_id, score.schedule_id].append(score.present_seconds)
            self._capacities[score.provider_id, score.schedule_id].append(score.capacity)
        answers = list(ServiceAnswer.objects.filter(**days))
        self._asked = Counter((row.provider_id, row.schedule_id) for row in answers)
        self._answered = Counter((row.provider_id, row.schedule_id) for row in answers if row.answered)
        self._awards = list_paid_awards(last.venue_id, self.since, self.until) if self.schedules else []
        self.rebates: list[ServiceRebate] = []

    def state(self) -> list[ServiceStatement]:
        """What every provider's month was, and what is due for it within the budgets and the books' fees; not what of
        that is paid. By schedule, then provider."""
        whose = sorted(
            {*self._present, *(taken.whose for taken in self._taken)}, key=lambda share: (share[1], share[0])
        )
        statements = {share: self._statement(share) for share in whose}
        self._rebate(statements)
        return list(statements.values())

    def standby_within_budget(self, statements: Sequence[ServiceStatement]) -> dict[ServiceStatement, Decimal]:
        """What of the standby fees is to be paid: of months that are, and as far as each group's budget goes."""
        by_schedule: defaultdict[UUID, dict[ServiceStatement, Decimal]] = defaultdict(dict)
        for statement in statements:
            if statement.is_paid:
                by_schedule[statement.schedule_id][statement] = statement.standby_due
        return {
            statement: amount
            for schedule_id, due in by_schedule.items()
            for statement, amount in within(
                self.schedules[schedule_id].budget, due, self.schedules[schedule_id].asset.scale
            ).items()
        }

    def _statement(self, share: Share) -> ServiceStatement:
        provider_id, schedule_id = share
        schedule = self.schedules[schedule_id]
        present = total(self._present[share])
        served = Served(
            month=self.until - self.since,
            present=timedelta(microseconds=to_smallest(present, 6)),
            asked=self._asked[share],
            answered=self._answered[share],
        )
        return ServiceStatement(
            provider_id=provider_id,
            schedule=schedule,
            month=self.month,
            seconds=int((self.until - self.since).total_seconds()),
            present_seconds=present,
            asked=served.asked,
            answered=served.answered,
            active=self._active[schedule_id],
            grade=served.grade(schedule.terms),
            standby_due=standby_fee(self._capacities[share], schedule.standby_rate_bps, schedule.asset.scale),
            standby_paid=ZERO,
            rebates_due=ZERO,
            rebates_paid=ZERO,
        )

    def _rebate(self, statements: Mapping[Share, ServiceStatement]) -> None:
        """Rebates of paid months, book by book within its fee."""
        fees = {award.settlement.book_id: award.settlement.book for award in self._awards}
        by_book: defaultdict[UUID, dict[_TakenOfBook, Decimal]] = defaultdict(dict)
        for taken in self._taken:
            statement = statements[taken.whose]
            if statement.is_paid:
                schedule = statement.schedule
                earned = rebate(taken.notional, schedule.rebate_bps, schedule.asset.scale)
                by_book[taken.book_id][taken] = earned
        for book_id, due in by_book.items():
            book = fees[book_id]
            for taken, amount in within(book.fee, due, book.asset.scale).items():
                statement = statements[taken.whose]
                statement.rebates_due = total([statement.rebates_due, amount])
                self.rebates.append(
                    ServiceRebate(statement=statement, book_id=book_id, notional=taken.notional, amount=amount)
                )

    @cached_property
    def _active(self) -> dict[UUID, bool]:
        return {key: was_active(schedule, self.since, self.until) for key, schedule in self.schedules.items()}

    @cached_property
    def _taken(self) -> list[_TakenOfBook]:
        """By book, provider and schedule; in the order in which it was first taken."""
        by_group = {(each.product_group_id, each.asset_id): each.id for each in self.schedules.values()}
        positions: defaultdict[UUID | None, list[Position]] = defaultdict(list)
        for position in positions_of({award.step.lot_id for award in self._awards}):
            positions[position.lot_id].append(position)
        notionals: defaultdict[tuple[UUID, Share], list[Decimal]] = defaultdict(list)
        for award in self._awards:
            lot, book = award.step.lot, award.settlement.book
            assert award.provider_id is not None
            for position in positions[lot.id]:
                schedule_id = by_group.get((position.instrument.product_group_id, book.asset_id))
                legs = slice_legs([leg_of(position)], award.first_unit, award.units, lot.units)
                if schedule_id is not None and legs:
                    worth = notional_of(legs, award.marks, book.asset.scale)
                    notionals[book.id, (award.provider_id, schedule_id)].append(worth)
        return [_TakenOfBook(book_id, whose, total(several)) for (book_id, whose), several in notionals.items()]
