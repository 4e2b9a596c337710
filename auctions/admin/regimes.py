"""Regimes: how each product group's market stands, and what its venue reported of it last."""

from django.contrib import admin

from auctions.models import MarketRegime, PastRegime
from backstop.admin.base import Shown


@admin.register(MarketRegime)
class MarketRegimeAdmin(Shown):
    """Of which anything was ever reported. A calm market counts as stressed once its venue is silent for too long."""

    related = ("venue", "product_group")
    list_display = ("product_group", "venue", "regime", "began_at", "reported_at", "depth", "spread_bps")
    list_filter = ("venue", "regime")
    search_fields = ("venue__code", "product_group__code")
    ordering = ("venue__code", "product_group__code")


@admin.register(PastRegime)
class PastRegimeAdmin(Shown):
    """What premiums of covers go by."""

    related = ("product_group__venue",)
    list_display = ("product_group", "regime", "began_at")
    list_filter = ("product_group__venue", "regime", "began_at")
    search_fields = ("product_group__code",)
    ordering = ("-began_at",)
