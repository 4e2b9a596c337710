"""What is written about the code holds: no module says who calls it, and what is named by its path is there."""

import ast
import importlib
import io
import re
import tokenize
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.layout.bans import APPS, HOUSE, modules

CALLERS = re.compile(r"(?:^|[.:;]\s+)(?:Called|Built|Read|Used)\s(?!only\b|this\b|in\b)")
DOTTED = re.compile(rf"(?<![\w./@-])(?:{'|'.join(APPS)})(?:\.[A-Za-z_]\w*)+(?![/\w])")


def docstrings(source: str) -> Iterator[str]:
    """What stands at the top of a module, a class or a function."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""


def comments(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def says_who_calls(source: str) -> bool:
    return bool(CALLERS.search(ast.get_docstring(ast.parse(source)) or ""))


def names_in(text: str) -> list[str]:
    return DOTTED.findall(text)


def is_there(name: str) -> bool:
    """Whether a dotted name is a module of the house, or something in one."""
    parts = name.split(".")
    module = next(
        (known for end in range(len(parts), 0, -1) if _is_module(known := ".".join(parts[:end]))),
        parts[0],
    )
    found = importlib.import_module(module)
    for attribute in parts[module.count(".") + 1 :]:
        if not hasattr(found, attribute):
            return False
        found = getattr(found, attribute)
    return True


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_no_module_says_who_calls_it() -> None:
    assert [path for path, source in modules() if says_who_calls(source)] == []


@pytest.mark.parametrize("said", ["Called by the close.", "Edges. Used wherever there is money.", "Read by all."])
def test_a_module_that_says_who_calls_it_is_seen(said: str) -> None:
    assert says_who_calls(f'"""{said}"""')
    assert not says_who_calls('"""Reads what was called by name, and is used up. Read only."""')


def test_what_docstrings_and_comments_name_by_its_path_is_there() -> None:
    texts = [(path, text) for path, source in modules() for text in (*docstrings(source), *comments(source))]
    texts += [(str(path.relative_to(HOUSE)), path.read_text()) for app in APPS for path in (HOUSE / app).rglob("*.sql")]
    named = {(path, name) for path, text in texts for name in names_in(text)}
    assert len(named) > 5
    assert sorted(f"{path}: {name}" for path, name in named if not is_there(name)) == []


def test_what_is_not_there_is_seen() -> None:
    assert names_in("As in `auctions.rules.holds.Hold.of`, not accounts/desks/journal.py.") == [
        "auctions.rules.holds.Hold.of"
    ]
    assert is_there("auctions.rules.holds.Hold.of")
    assert is_there("backstop.values.amounts")
    assert not is_there("auctions.rules.valuation.Hold.of")
    assert not is_there("backstop.delivery.relay")
