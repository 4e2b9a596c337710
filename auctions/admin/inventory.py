"""The fund's inventory: marked, aged, and sold again through the market."""

from django.contrib import admin

from accounts.admin.commitments import HoldingAdmin
from auctions.models import FundInventory
from auctions.operations.operator.sell_inventory import sell_inventory
from backstop import clock
from backstop.admin.deeds import Deed, Doing


def _sell(holding: FundInventory, reason: str) -> object:
    reference = f"fund-{holding.instrument.symbol}-{clock.now():%Y%m%dT%H%M%S}"
    return sell_inventory(instrument=holding.instrument, reference=reference, reason=reason)


@admin.register(FundInventory)
class FundInventoryAdmin(Doing, HoldingAdmin):
    """What the fund holds, or once held."""

    list_filter = ("venue", "instrument__product_group", "instrument", "created_at")
    search_fields = ("instrument__symbol",)
    deeds = (Deed("sell", "Sell through the market", _sell, lambda holding: holding.quantity != 0),)
