"""A venue's product groups, by code."""

from uuid import UUID

from auctions.rules.refusals import AuctionRefusal
from backstop.models import ProductGroup


def find_product_group(venue_id: UUID, code: str) -> ProductGroup:
    """The venue's product group of this code. Raises `product_group_unknown`."""
    group = ProductGroup.objects.filter(venue=venue_id, code=code).first()
    if group is None:
        raise AuctionRefusal.PRODUCT_GROUP_UNKNOWN.error(
            f"this venue has no product group {code}", pointer="/product_group"
        )
    return group
