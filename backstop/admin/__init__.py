"""The Django admin: what operators see and do. This floor furnishes the site and shows venues, marks and events."""

from backstop.admin import market, record
from backstop.admin.site import furnish

__all__ = ["market", "record"]

furnish()
