"""Users of the admin, and the providers with the groups that they belong to."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from accounts.lifecycle import PROVIDER, ProviderState
from accounts.rules.roles import COLLECT, ProviderRole, Role
from backstop.models.base import MAX_REASON, Parkable, Row
from backstop.models.venues import Venue

_OF_PROVIDERS = {role.value: role.capitalize() for role in ProviderRole}
_ROLES = {role.value: role.replace("_", " ").capitalize() for role in Role}


class User(AbstractUser):
    """Somebody who works in the admin."""

    rows_go = True
    secret_columns = ("password",)
    venue_path = "appointment__venue"

    @property
    def venue_id(self) -> UUID | None:
        """The only venue that it works for, or whose provider it belongs to; None: none in particular."""
        if self.is_superuser:
            return None
        if appointment := getattr(self, "appointment", None):
            return appointment.venue_id
        member = self.member
        return member.provider.venue_id if member else None

    @property
    def member(self) -> "Member | None":
        """As whom it belongs to a provider; None too for whoever works for a venue, or for all of them."""
        if self.is_superuser or getattr(self, "appointment", None):
            return None
        return getattr(self, "membership", None)

    @property
    def provider_id(self) -> UUID | None:
        """The only provider whose rows it sees; None: it sees those of all."""
        return self.member.provider_id if self.member else None


class Appointment(Row):
    """A user's role for a venue, the only one that it works for."""

    rows_go = True

    user = models.OneToOneField(User, models.CASCADE, related_name="appointment")
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=16, choices=_ROLES)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=list(_ROLES)), name="appointment_role_known")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} of {self.venue}"


class Member(Row):
    """A user who belongs to a provider: the only people who see the secrets of its keys that write, but its readers."""

    rows_go = True

    user = models.OneToOneField(User, models.CASCADE, related_name="membership")
    provider = models.ForeignKey("accounts.Provider", models.PROTECT, related_name="members")
    role = models.CharField(
        max_length=8, choices=_OF_PROVIDERS, default=ProviderRole.ADMIN.value, db_default=ProviderRole.ADMIN.value
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=list(_OF_PROVIDERS)), name="member_role_known")]

    def __str__(self) -> str:
        return f"{self.user} of {self.provider}"

    @property
    def collects(self) -> bool:
        """Whether it may collect keys that are granted to its provider."""
        return self.role in COLLECT


class Group(Row):
    """Related firms: they count once in a competition, and take nothing from each other's accounts."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="groups")
    name = models.CharField(max_length=200)
    related = models.ManyToManyField("self", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue", "name"], name="group_name_unique")]

    def __str__(self) -> str:
        return self.name


class Provider(Row, Parkable):
    """A backstop liquidity provider: a firm, or a vault that bids by itself. `bids_stand` says that what it bid before
    it was suspended counts all the same; it was last let take part again at `resumed_at`."""

    lifecycle = PROVIDER

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="providers")
    name = models.CharField(max_length=200)
    group = models.ForeignKey(Group, models.PROTECT, related_name="providers")
    state = models.CharField(max_length=16, choices=ProviderState, default=ProviderState.ACTIVE, editable=False)
    state_reason = models.CharField(max_length=MAX_REASON, blank=True, default="", editable=False)
    faults = models.PositiveIntegerField(default=0, editable=False)
    bids_stand = models.BooleanField(default=False, db_default=False, editable=False)
    terms_version = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  0.2.0 leaves it out
    terms_accepted_at = models.DateTimeField(null=True, editable=False)
    resumed_at = models.DateTimeField(null=True, editable=False)
    parked_reason = models.TextField(blank=True, default="", db_default="", editable=False)
    guarantee_left_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "name"], name="provider_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_offer(self) -> bool:
        """Whether it may offer anything new: who has only applied, is suspended or has ended may not, anywhere."""
        return self.state == ProviderState.ACTIVE

    @property
    def bids_count(self) -> bool:
        """Whether what it has bid takes part."""
        return self.bids_stand or self.may_offer

    def leave_guarantee(self, at: datetime) -> None:
        """Be obliged for no loss event that opens from now on; does not save."""
        self.guarantee_left_at = at

    def rejoin_guarantee(self) -> None:
        """Be obliged again for loss events that open from now on; does not save."""
        self.guarantee_left_at = None

    def accept_terms(self, version: str, at: datetime) -> None:
        """Have accepted this version of the venue's terms."""
        self.terms_version, self.terms_accepted_at = version, at

    def approve(self, reason: str, at: datetime) -> None:
        """Let it take part, who had applied."""
        self.move_to(ProviderState.ACTIVE, at)
        self.state_reason = reason

    def end(self, reason: str, at: datetime) -> None:
        """Let it take part no more, for ever; what it has bid counts no more."""
        self.move_to(ProviderState.ENDED, at)
        self.state_reason = reason
        self.bids_stand = False

    def suspend(self, reason: str, at: datetime, *, bids_stand: bool) -> None:
        """Let it take nothing new, and count nothing that it has bid unless `bids_stand`; again to change that."""
        if self.state != ProviderState.SUSPENDED:
            self.move_to(ProviderState.SUSPENDED, at)
        self.state_reason = reason
        self.bids_stand = bids_stand

    def resume(self, reason: str, at: datetime) -> None:
        """Let it take part again."""
        self.move_to(ProviderState.ACTIVE, at)
        self.state_reason, self.resumed_at = reason, at
        self.bids_stand = False
