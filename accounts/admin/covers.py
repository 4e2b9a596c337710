"""Covers: what providers insure, by which contracts, and what they have held for it."""

from django.contrib import admin

from accounts.lifecycle import CoverState
from accounts.models import Cover, CoverShare, CoverSignature
from accounts.operations.covers.give_notice import give_notice
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, Doing


@admin.register(Cover)
class CoverAdmin(Doing):
    """Contracts and how they stand; drafted and signed by the parties' programs."""

    related = ("venue", "group", "asset")
    list_display = ("content_hash", "venue", "group", "account", "state", "attachment", "limit", "asset", "ends_at")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("=content_hash", "account", "=id")
    deeds = (
        Deed(
            "notice",
            "Give notice for the venue",
            lambda cover, reason: give_notice(
                venue_id=cover.venue_id, provider_id=None, cover_id=cover.id, reason=reason
            ),
            lambda cover: cover.state == CoverState.ACTIVE,
            reason=True,
        ),
    )


@admin.register(CoverShare)
class CoverShareAdmin(Shown):
    """Who insures which part of a cover, and what it has held for that."""

    related = ("cover__venue", "cover__group", "provider")
    list_display = ("cover", "provider", "parts", "held", "created_at")
    list_filter = ("cover__venue", "created_at")
    search_fields = ("provider__name", "=cover__id")


@admin.register(CoverSignature)
class CoverSignatureAdmin(Shown):
    """Who signed a cover, and by which key."""

    related = ("cover__venue", "cover__group", "provider", "public_key")
    list_display = ("cover", "provider", "public_key", "created_at")
    list_filter = ("cover__venue", "created_at")
    search_fields = ("provider__name", "=cover__id")
