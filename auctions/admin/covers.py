"""Covers begin to stand on their pages."""

from accounts.lifecycle import CoverState
from accounts.models import Cover
from auctions.operations.operator.activate_cover import activate_cover
from backstop.admin.deeds import Deed, add_deeds

add_deeds(
    Cover,
    Deed(
        "activate",
        "Activate",
        lambda cover, reason: activate_cover(venue_id=cover.venue_id, cover_id=cover.id, reason=reason),
        lambda cover: cover.state == CoverState.SIGNED,
    ),
)
