"""Claims: what covers owe of a loss event, as its costs arise, until it is final."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import CLAIM, ClaimState
from accounts.models.covers import Cover
from accounts.models.losses import LossEvent
from accounts.rules.sharing.contracts import Trigger
from backstop.models.base import MAX_REASON, AmountField, FrozenArrayField, Parkable, Row
from backstop.models.venues import Venue
from backstop.values.amounts import ZERO, difference, divide_down, multiply, total


class Claim(Row, Parkable):
    """What a cover owes of one loss event: so much of its costs is `counted`, of which the insurers owe `insured` and
    the protected party `copay`, both cumulative; `paid` and `copaid` of them were. Of what is insured, at most `most`,
    so much is `added` by edges that were paid to insurers' own clusters.

    An insurer answers before `answer_by`, else the contract's default does. What is disputed waits for an arbiter until
    `decide_by`, and is owed unless it is refused by then. What an insurer cannot pay is due by `due_by`. As it was
    last asked for it was `lacked_by` these insurers; while it is overdue nothing of theirs leaves.
    """

    lifecycle = CLAIM

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+")
    cover = models.ForeignKey(Cover, models.PROTECT, related_name="claims")
    loss_event = models.ForeignKey(LossEvent, models.PROTECT, related_name="claims")
    trigger = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Trigger])
    state = models.CharField(max_length=16, choices=ClaimState, default=ClaimState.HELD, editable=False)
    counted = AmountField(default=0)
    insured = AmountField(default=0)
    copay = AmountField(default=0)
    paid = AmountField(default=0)
    copaid = AmountField(default=0)
    added = AmountField(default=0, db_default=0)
    most = AmountField(default=0, db_default=0)
    disputed_amount = AmountField(default=0)
    refused = AmountField(default=0)
    reason = models.CharField(max_length=MAX_REASON, blank=True, default="")
    decision = models.CharField(max_length=MAX_REASON, blank=True, default="")
    lacked_by = FrozenArrayField(models.UUIDField(), default=tuple, db_default=[], editable=False)
    answer_by = models.DateTimeField()
    decide_by = models.DateTimeField(null=True)
    due_by = models.DateTimeField(null=True)
    disputed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cover", "loss_event", "trigger"], name="claim_once"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, disputed_amount__gte=0, refused__gte=0, insured__gte=F("paid") + F("refused")),
                name="claim_pays_up_to_what_is_insured",
            ),
            models.CheckConstraint(condition=Q(copaid__range=(0, F("copay"))), name="claim_copaid_up_to_its_share"),
            models.CheckConstraint(
                condition=~Q(state=ClaimState.DISPUTED) | Q(disputed_amount__gt=0, decide_by__isnull=False),
                name="claim_disputed_of_an_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="claim_of_venue"),
            models.Index(fields=["state", "answer_by"], condition=~Q(state="CLOSED"), name="claim_under_way"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="claim_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.insured} of {self.cover}"

    @property
    def asked(self) -> Decimal:
        """What of it its insurers have to have paid by now."""
        if self.state == ClaimState.HELD:
            return ZERO
        return max(difference(self.insured, self.refused, self.disputed_amount), ZERO)

    @property
    def due(self) -> Decimal:
        """What of that they have not."""
        return max(difference(self.asked, self.paid), ZERO)

    @property
    def is_in_arrears(self) -> bool:
        """Whether an insurer lacked what it owes, in time or as its event ended, and it was not paid since."""
        paid_since = self.paid_at is not None and self.overdue_at is not None and self.overdue_at < self.paid_at
        return self.state in (ClaimState.OVERDUE, ClaimState.CLOSED) and self.overdue_at is not None and not paid_since

    @property
    def spared(self) -> Decimal:
        """What of what is insured its insurers never pay: what was refused, and once it is closed whatever they did
        not."""
        return difference(self.insured, self.paid) if self.state == ClaimState.CLOSED else self.refused

    @property
    def open(self) -> Decimal:
        """What they may have to pay of it yet."""
        return difference(self.insured, self.refused, self.paid)

    def copaid_beside(self, paid: Decimal, scale: int) -> Decimal:
        """What the protected party pays in all once its insurers have paid so much of it."""
        return divide_down(multiply(self.copay, paid), self.insured, scale) if self.insured else ZERO

    def dispute(self, amount: Decimal, reason: str, decide_by: datetime, at: datetime) -> None:
        """So much of it is not owed, an insurer says; does not save."""
        self.move_to(ClaimState.DISPUTED, at)
        self.disputed_amount, self.reason, self.decide_by = amount, reason, decide_by

    def put_off(self, due_by: datetime, at: datetime) -> None:
        """Its insurers have until then, and it is not overdue; does not save."""
        if self.state == ClaimState.OVERDUE:
            self.move_to(ClaimState.DUE, at)
            self.overdue_at = None
        self.due_by = due_by

    def decide(self, refused: Decimal, decision: str, due_by: datetime, at: datetime) -> None:
        """Nobody disputes any of it any more: so much is refused, and the rest is due; does not save."""
        self.refused, self.decision = total([self.refused, refused]), decision
        self.disputed_amount, self.due_by = ZERO, due_by
        self.move_to(ClaimState.DUE, at)
