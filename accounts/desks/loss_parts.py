"""What is to be paid of a loss, and whose money pays how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from accounts.desks.claims import Paid
from accounts.models import Claim, LossEvent
from accounts.rules.sharing.losses import Unpaid
from accounts.rules.sharing.own_edges import Edges, counted_edges
from accounts.rules.sharing.plans import LayerKind
from backstop.models import Asset
from backstop.values.amounts import ZERO, difference, total


@dataclass(frozen=True, slots=True)
class Unrepaid:
    """What its event is to pay of a book, or of inventory (which has no `debt_id`): of the fund's `advances` and of a
    `debt` what nobody repaid. Such `edges` were paid to clusters of the event's insurers."""

    event: LossEvent
    subject_id: UUID
    asset: Asset
    advances: Decimal
    debt: Decimal = ZERO
    debt_id: UUID | None = None
    edges: Edges[UUID] = field(default_factory=dict)

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return total([self.advances, self.debt])

    @property
    def counted_edges(self) -> Edges[UUID]:
        """What is in that of the edges."""
        return counted_edges(self.edges, self.amount, self.asset.scale)


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose money pays: a layer's, by a claim where it is a cover's, out of `account_id`."""

    layer: LayerKind
    provider_id: UUID | None = None
    claim: Claim | None = None
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaidPart:
    """What somebody pays of an addend: `amount`, of which the journal moves some to the fund, to the debt, or to the
    venue's losses, where what is left of debts stands."""

    whose: Payer
    amount: Decimal
    to_fund: Decimal = ZERO
    to_debt: Decimal = ZERO
    to_losses: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class BeforeFund:
    """What pays of an addend before the fund: `parts`, `amount` together; so much more is `waiting` for covers to be
    answered, and stands as the event's debt. `of_fund` the fund itself pays, or may have to, as co-payments."""

    parts: Sequence[PaidPart] = ()
    waiting: Decimal = ZERO
    of_fund: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """All that pays now."""
        return total(part.amount for part in self.parts)


Share = tuple[Payer, Decimal]  # and how much of it


def pay_of(left: Unpaid, whose: Payer, amount: Decimal, parts: list[PaidPart], *, of_debt: bool = False) -> Unpaid:
    """Add to `parts` what it pays of what is left; what is left then."""
    then = left.less(amount, of_debt=of_debt)
    to_fund, to_debt = difference(left.advances, then.advances), difference(left.debt, then.debt)
    parts.append(PaidPart(whose, amount, to_fund, to_debt))
    return then


def whose_of(paid: Paid) -> Payer:
    """Whose money a claim is paid with."""
    layer = LayerKind.COPAYMENT if paid.is_copayment else LayerKind.COVERS
    return Payer(layer, paid.provider_id, paid.claim, paid.account_id)
