"""Serializers are cut as the views are: who reads a view finds its JSON in the file of the same name."""

import ast
from pathlib import Path, PurePath

from tests.layout.bans import APPS, HOUSE

# Views whose answers are no serializer's, each with what they answer.
PLAIN = {
    "auctions/api/covers.py": "covers, as accounts shows them",
    "auctions/api/margin_calls.py": "margin calls, as accounts shows them",
    "auctions/api/repos.py": "repos, as accounts shows them",
    "auctions/api/capacity.py": "what commitments offer, as accounts shows it",
    "auctions/api/transcripts.py": "the signed document, byte by byte what was signed",
}
# Serializers that are no view's own, each with whose they are part of.
SHARED = {
    "accounts/api/serializers/reasons.py": {
        *("accounts/api/approvals.py", "accounts/api/commitments.py", "accounts/api/covers.py"),
        "accounts/api/vaults.py",
        *(
            "auctions/api/allocations.py",
            "auctions/api/books.py",
            "auctions/api/breakers.py",
            "auctions/api/covers.py",
            "auctions/api/providers.py",
        ),
    },
    "accounts/api/serializers/covers.py": {"auctions/api/covers.py"},
    "accounts/api/serializers/margin_calls.py": {"auctions/api/margin_calls.py"},
    "accounts/api/serializers/premiums.py": {"auctions/api/covers.py"},
    "accounts/api/serializers/repos.py": {"auctions/api/repos.py"},
    "auctions/api/serializers/receipts.py": {"auctions/api/bids.py"},
    "accounts/api/serializers/commitments.py": {"auctions/api/capacity.py"},
}


def has_views(source: str) -> bool:
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return any(
        ast.unparse(base) in {"View", "ListView", "DeedView", "PublicView"} for each in classes for base in each.bases
    )


def path_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def view_modules() -> dict[str, str]:
    """Every module with views of the API: path and source."""
    folders = [HOUSE / app / "api" for app in APPS]
    sources = {path_of(path): path.read_text() for folder in folders for path in folder.glob("*.py")}
    del sources["backstop/api/views.py"]  # what views start from
    return {path: source for path, source in sources.items() if has_views(source)}


def serializers_of(path: str) -> str:
    return str(PurePath(path).parent / "serializers" / PurePath(path).name)


def serializers_used(source: str) -> set[str]:
    modules = {node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    return {f"{module.replace('.', '/')}.py" for module in modules if ".api.serializers." in module}


def test_every_view_module_has_serializers_under_its_name_and_uses_no_other_view_modules() -> None:
    views = view_modules()
    assert len(views) > 10
    for path, source in views.items():
        own = set() if path in PLAIN else {serializers_of(path)}
        shared = {serializers for serializers, theirs in SHARED.items() if path in theirs}
        assert serializers_used(source) == own | shared, path


def test_every_serializer_module_is_some_views() -> None:
    folders = [HOUSE / app / "api" / "serializers" for app in APPS]
    files = {path_of(path) for folder in folders for path in folder.glob("*.py")} - {
        path_of(folder / "__init__.py") for folder in folders
    }
    assert files == {serializers_of(path) for path in view_modules().keys() - PLAIN.keys()} | SHARED.keys()


def test_no_view_module_defines_serializers_of_its_own() -> None:
    assert [path for path, source in view_modules().items() if "rest_framework import serializers" in source] == []
