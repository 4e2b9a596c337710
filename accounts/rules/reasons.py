"""Whoever stops something or takes it back says why."""

from accounts.rules.refusals import AccountRefusal


def require_reason(reason: str) -> str:
    """The reason, without blanks around it. Raises `reason_missing` where nothing is left."""
    said = reason.strip()
    if not said:
        raise AccountRefusal.REASON_MISSING.error()
    return said
