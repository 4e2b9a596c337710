"""Desks of accounts say what they promise, and lock and write only as part of an operation."""

import ast
from collections.abc import Iterator

from tests.layout.bans import modules

WRITING = {"bulk_create", "get_or_create", "save", "save_changes", "delete", "record_events"}
LOCKING = {"lock", "share", "lock_rows", "lock_free_rows", "cursor"}


def desks() -> Iterator[tuple[str, str]]:
    return ((path, source) for path, source in modules() if path.startswith("accounts/desks/"))


def functions(source: str) -> Iterator[ast.FunctionDef]:
    """Public functions, and public methods of public classes."""
    for node in ast.parse(source).body:
        for each in node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]:
            if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                yield each


def called(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {ast.unparse(each).split(".")[-1] for each in calls}


def unguarded(source: str) -> list[str]:
    """What locks or writes and would do so outside a transaction."""
    return [
        function.name
        for function in functions(source)
        if called(function) & (WRITING | LOCKING)
        and "requires_transaction" not in {ast.unparse(each) for each in function.decorator_list}
    ]


def test_what_locks_or_writes_requires_a_transaction() -> None:
    assert {path: names for path, source in desks() if (names := unguarded(source))} == {}


def test_every_public_function_says_what_it_promises() -> None:
    silent = {
        path: [each.name for each in functions(source) if not ast.get_docstring(each)] for path, source in desks()
    }
    assert silent
    assert {path: names for path, names in silent.items() if names} == {}


def test_what_would_write_outside_a_transaction_is_seen() -> None:
    source = "class Journal:\n    def write(self):\n        save_changes(self.rows)"
    assert unguarded(source) == ["write"]
    assert unguarded(source.replace("    def", "    @requires_transaction\n    def")) == []
    assert unguarded("def _lock(rows):\n    lock_rows(Lock.BOOK_ROW, rows)") == []
