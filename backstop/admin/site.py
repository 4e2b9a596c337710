"""The site's name, and its index in the order in which operators work rather than by app."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path

# The models of upper floors by their label: this floor knows nothing else of them. What is not named comes last.
SECTIONS = {
    "Market": (
        "auctions.Book",
        "auctions.Auction",
        "auctions.Drill",
        "auctions.Breaker",
        "auctions.Alert",
        "auctions.MarketRegime",
        "auctions.PastRegime",
        "auctions.Settlement",
        "auctions.Markout",
        "auctions.ProviderFault",
        "auctions.VenueFault",
        "auctions.Playbook",
        "auctions.FundInventory",
        "accounts.LossEvent",
        "accounts.Cover",
    ),
    "Providers": (
        "accounts.Commitment",
        "accounts.Provider",
        "accounts.Group",
        "accounts.ApiKey",
        "accounts.CommitmentUse",
        "accounts.Holding",
        "accounts.ReportedStanding",
        "accounts.ExposureLimit",
        "accounts.ProviderDefault",
        "accounts.CoverShare",
        "accounts.CoverSignature",
        "accounts.CoverSuspension",
        "accounts.CoveredLimit",
        "accounts.CoverPremium",
        "accounts.CoverFactor",
        "accounts.CoverRate",
        "accounts.CoverUse",
        "accounts.ProviderRating",
        "accounts.Vault",
        "accounts.VaultShare",
        "auctions.ServiceStatement",
        "auctions.ServiceScore",
        "auctions.ServiceAnswer",
        "auctions.ServiceRebate",
        "auctions.ServiceDay",
    ),
    "Ledger": (
        "accounts.Account",
        "accounts.Transfer",
        "accounts.Guarantee",
        "accounts.Contribution",
        "accounts.Obligation",
        "accounts.Claim",
        "accounts.MarginCall",
        "accounts.CureRepayment",
        "accounts.Repo",
        "accounts.RepoRepayment",
        "accounts.Assessment",
        "accounts.Refill",
        "accounts.LossAddend",
        "accounts.ClusterEdge",
        "accounts.LossAllocation",
        "accounts.AllocationFill",
        "accounts.LossPayment",
        "accounts.LossRecovery",
        "accounts.LossReturn",
        "accounts.VaultDeposit",
        "accounts.VaultWithdrawal",
        "accounts.VaultEntry",
        "accounts.Approval",
        "accounts.ApprovalLimit",
    ),
    "Venue": (
        "backstop.Venue",
        "backstop.Instrument",
        "backstop.ProductGroup",
        "accounts.LossPlan",
        "auctions.FeeSchedule",
        "auctions.Cap",
        "auctions.AlertRule",
        "backstop.Asset",
        "backstop.Mark",
    ),
    "Record": ("backstop.Event", "backstop.Publication", "accounts.Webhook", "accounts.WebhookDelivery"),
    "People of the admin": ("accounts.User", "auth.Group"),
}


def furnish() -> None:
    """Name the site and put its index in order."""
    site = admin.site
    site.site_header = "Backstop marketplace"
    site.site_title = "Backstop"
    site.index_title = "Overview"
    site.enable_nav_sidebar = False  # lists need the room
    site.site_url = None  # there is nothing at /
    by_app = site.get_app_list

    def get_app_list(request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps: list[dict[str, Any]] = by_app(request, app_label)
        return apps if app_label else _in_sections(apps)

    setattr(site, "get_app_list", get_app_list)  # noqa: B010  a method of the one site that there is


def add_page(route: str, view: Callable[..., HttpResponseBase], name: str) -> None:
    """Give the site a page of an upper floor's, for whoever may enter the admin."""
    site = admin.site
    by_others = site.get_urls

    def get_urls() -> list[URLPattern | URLResolver]:
        return [path(route, site.admin_view(view), name=name), *by_others()]

    setattr(site, "get_urls", get_urls)  # noqa: B010  of the one site that there is


def add_to_index(name: str, find: Callable[[HttpRequest], Any]) -> None:
    """Let the index show, under this name, what an upper floor finds for who asks."""
    site = admin.site
    by_others = site.index

    def index(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return by_others(request, {**(extra_context or {}), name: find(request)})

    setattr(site, "index", index)  # noqa: B010  of the one site that there is


def _in_sections(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = {row["model"]._meta.label: row for app in apps for row in app["models"]}
    sections = [(name, [rows.pop(label) for label in labels if label in rows]) for name, labels in SECTIONS.items()]
    return [_section(name, models) for name, models in [*sections, ("More", list(rows.values()))] if models]


def _section(name: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    slug = name.lower().replace(" ", "-")
    return {
        "name": name,
        "app_label": slug,
        "app_url": models[0]["admin_url"],
        "has_module_perms": True,
        "models": models,
    }
