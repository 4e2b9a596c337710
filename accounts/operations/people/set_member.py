"""A user belongs to a provider, in a role, or no more: its members alone see the secrets of its keys that write."""

from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.people import find_provider, lock_provider, record_provider
from accounts.events import MemberJoined, MemberLeft
from accounts.models import Member, User
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.roles import ProviderRole
from backstop.transactions import operation


def _joined(*, belongs: bool = True, **_: Any) -> Stake | None:
    """Who belongs to a provider can act as it; who does not any more cannot, which protects."""
    return Stake() if belongs else None


@operation
@by_two(_joined)
def set_member(
    *,
    venue_id: UUID,
    provider_id: UUID,
    username: str,
    reason: str,
    belongs: bool = True,
    role: ProviderRole = ProviderRole.ADMIN,
) -> Member | None:
    """From now on the user belongs to this provider in this role, or not (None); what is so already changes nothing.

    Raises `reason_missing`, `provider_unknown`, `user_unknown`, `user_taken`.
    """
    reason = require_reason(reason)
    provider = lock_provider(find_provider(venue_id, provider_id))
    user = User.objects.filter(username=username).first()
    if user is None:
        raise AccountRefusal.USER_UNKNOWN.error()
    member = Member.objects.filter(user=user).first()
    if member is not None and member.provider_id != provider.id:
        raise AccountRefusal.USER_TAKEN.error()
    if belongs and (member is None or member.role != role):
        member, _ = Member.objects.update_or_create(user=user, defaults={"provider": provider, "role": role})
        record_provider(provider, MemberJoined, user=username, role=role.value, reason=reason)
    elif not belongs and member is not None:
        member.delete()
        record_provider(provider, MemberLeft, user=username, reason=reason)
    return member if belongs else None
