"""What loss events cost, addend by addend, who paid that, and what came back: written once and never changed."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models.allocations import AllocationFill
from accounts.models.assessments import Assessment
from accounts.models.claims import Claim
from accounts.models.losses import LossEvent
from accounts.models.people import Provider
from accounts.rules.sharing.plans import LayerKind
from backstop.models.base import MAX_REASON, AmountField, FrozenArrayField, Row
from backstop.models.venues import Asset

_APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class AddendKind(models.TextChoices):
    """Where a loss comes from: a book that closed, or what the fund took over of the event's books."""

    BOOK = "BOOK", "a book's advances and debt"
    INVENTORY = "INVENTORY", "what the fund took over"


class LossAddend(Row):
    """What its estate did not repay as the book `subject_id` closed: of `amount` the fund had advanced `advances`, the
    rest was debt. Or what the fund lost by what it took over of all books, once the event, `subject_id`, is final."""

    loss_event = models.ForeignKey(LossEvent, models.PROTECT, related_name="addends")
    kind = models.CharField(max_length=16, choices=AddendKind)
    subject_id = models.UUIDField()
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    amount = AmountField()
    advances = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "asset"], name="loss_addend_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="loss_addend_positive"),
            models.CheckConstraint(condition=Q(advances__range=(0, F("amount"))), name="loss_addend_of_advances"),
        ]
        indexes = [models.Index(fields=["loss_event", "created_at", "id"], name="loss_addend_of_event")]
        triggers = [pgtrigger.Protect(name="loss_addend_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class ClusterEdge(Row):
    """What an addend counts of the edges that its book, or sales of what the fund took over, paid to one cluster of
    insurers, above what commitments were given of the same lots: to these `providers`, its members as the event
    opened, with those that came since."""

    addend = models.ForeignKey(LossAddend, models.PROTECT, related_name="edges")
    providers = FrozenArrayField(models.UUIDField(), editable=False)
    amount = AmountField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="cluster_edge_positive"),
            models.CheckConstraint(condition=Q(providers__len__gt=0), name="cluster_edge_of_somebody"),
        ]
        triggers = [pgtrigger.Protect(name="cluster_edge_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.amount} of {self.addend}"


class LossPayment(Row):
    """What a layer paid of an addend, of which a `provider` where it is its money, and by which `claim`. Once its event
    is final all of an addend's are exactly its amount; until then what nobody has paid yet stands as the event's debt.
    What the fund had advanced it paid without a transfer."""

    addend = models.ForeignKey(LossAddend, models.PROTECT, related_name="payments")
    layer = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in LayerKind])
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="+")
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="payments", db_index=False)
    amount = AmountField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loss_payment_positive"),
        ]
        triggers = [pgtrigger.Protect(name="loss_payment_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.layer} {self.amount}"


class LossRecovery(Row):
    """What came back of a loss event later, once for each `reference` of the venue; or what was paid late of an
    `assessment`, each time under its id, which its provider bears instead of who has it back."""

    loss_event = models.ForeignKey(LossEvent, models.PROTECT, related_name="recoveries")
    # A constraint would lock two tables at once where it is added; recoveries have none but what paid late made.
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, related_name="recoveries", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    amount = AmountField()
    reference = models.CharField(max_length=128)
    reason = models.CharField(max_length=MAX_REASON)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loss_recovery_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="loss_recovery_for_a_reason"),
        ]
        indexes = [models.Index(fields=["loss_event", "created_at", "id"], name="loss_recovery_of_event")]
        triggers = [pgtrigger.Protect(name="loss_recovery_append_only", operation=_APPEND_ONLY)]
        verbose_name_plural = "loss recoveries"

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class LossReturn(Row):
    """What of a recovery a layer has back, at most what it paid: who paid last is made whole first. A `fill` says which
    account of the venue has it."""

    recovery = models.ForeignKey(LossRecovery, models.PROTECT, related_name="returns")
    layer = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in LayerKind])
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="+")
    fill = models.ForeignKey(AllocationFill, models.PROTECT, null=True, related_name="returns", db_index=False)
    amount = AmountField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="loss_return_positive"),
        ]
        triggers = [pgtrigger.Protect(name="loss_return_append_only", operation=_APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.layer} {self.amount}"
