"""Who may be shown what a replica knows: every list and transcript, by its own choice, and nothing else."""

import ast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.urls import get_resolver

from backstop.admin.base import Shown
from backstop.api.views import ListView, Reading, RowView, View
from tests.layout.bans import modules

# What is asked of the primary, beside rows: one thing as it stands now, on which somebody is about to act.
NOW = {
    "BindingsOfProvider",
    "CommitmentCapacity",
    "DefaultOfProvider",
    "ExposureOfProvider",
    "LimitsOfKey",
    "LossWaterfall",
    "Me",
    "OneAuction",
    "OneBook",
    "OneCommitment",
    "OneOwnStatement",
    "OneQuote",
    "OwnStatements",
    "PremiumOfCover",
    "StatementOfBook",
    "Stream",
    "VenueCoverage",
}


def views() -> set[type[View]]:
    """Every view of ours that answers GET."""
    found = {getattr(pattern.callback, "cls", None) for pattern in _patterns(get_resolver())}
    return {view for view in found if view is not None and issubclass(view, View) and hasattr(view, "get")}


def _patterns(place):
    for each in place.url_patterns:
        yield from _patterns(each) if hasattr(each, "url_patterns") else [each]


def test_whatever_is_read_comes_from_a_replica_or_is_of_now() -> None:
    reading = {view for view in views() if issubclass(view, Reading)}
    assert reading
    rows = {view for view in views() if issubclass(view, RowView)}
    assert {view.__name__ for view in views() - reading - rows} == NOW


def test_every_list_reads_as_lists_do() -> None:
    lists = {view for view in views() if issubclass(view, ListView)}
    assert {view.__name__ for view in views() if getattr(view, "pagination_class", None)} == {
        view.__name__ for view in lists
    }
    assert all(view.get_queryset is ListView.get_queryset and view.list is ListView.list for view in lists)


def test_every_page_of_ours_lists_as_pages_do() -> None:
    pages = [page for page in admin.site._registry.values() if not isinstance(page, UserAdmin | GroupAdmin)]
    assert pages
    assert all(isinstance(page, Shown) for page in pages)
    assert all(type(page).changelist_view is Shown.changelist_view for page in pages)


def test_every_write_of_the_api_is_answered_with_its_token() -> None:
    """That is, goes by `View.write`. A quote writes nothing."""
    performing = {
        path
        for path, source in modules()
        for node in ast.walk(ast.parse(source))
        if "/api/" in path
        and isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("perform", "perform_once"))
    }
    assert performing == {"backstop/api/views.py", "auctions/api/takes.py"}
