"""Which refusals the code of a view can come to: by the names in it, and in whatever these are.

A class that is named may be made, and then an attribute may be its method: so nothing that is there is missed, but for
what is looked up by a text. Codes that the database answers are those of whoever looks them up.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from tests.layout.bans import modules
from tests.layout.test_refusals import CODE, JUDGE_KEY, PLACE_BIDS

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
Function = ast.FunctionDef | ast.AsyncFunctionDef
Name = tuple[str, ...]  # module, then what stands in it; of a class, maybe a method

ELSEWHERE = ("admin", "management", "simulation", "migrations")
# Whoever reads this looks up what a function of the database answers.
BY_CODE = {
    ("accounts.rules.refusals", "BY_CODE"): set(CODE.findall(JUDGE_KEY)),
    ("auctions.rules.refusals", "BY_CODE"): set(CODE.findall(PLACE_BIDS)),
}
# Whatever a class does by itself, once it is made.
BY_ITSELF = ("__init__", "__post_init__", "__enter__", "__exit__", "validate", "to_internal_value", "run_validation")


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass
class House:
    """Every definition of the house but of its edges that answer nothing, and what each module's names stand for."""

    definitions: dict[Name, Definition] = field(default_factory=dict)
    imports: dict[str, dict[str, Name]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        for path, source in modules():
            if not set(path.split("/")) & set(ELSEWHERE):
                self._read(module_name(path), ast.parse(source))

    def _read(self, module: str, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self.imports[module] |= {
                    each.asname or each.name: (node.module or "", each.name) for each in node.names
                }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.definitions[module, node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    self.definitions[module, target.id] = node

    @cached_property
    def by_method(self) -> dict[str, set[Name]]:
        """The classes that have a method of this name."""
        found: dict[str, set[Name]] = defaultdict(set)
        for name, node in self.definitions.items():
            for method in methods_of(node):
                found[method].add(name)
        return found

    def named(self, module: str, word: str) -> Name | None:
        """What a word of a module stands for, where that is of the house."""
        seen = set()
        while (module, word) not in self.definitions:
            if (module, word) in seen or word not in self.imports[module]:
                return None
            seen.add((module, word))
            module, word = self.imports[module][word]
        return module, word

    def with_bases(self, name: Name) -> Iterator[Name]:
        yield name
        for base in getattr(self.definitions[name], "bases", ()):
            word = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(word, ast.Name) and (found := self.named(name[0], word.id)):
                yield from self.with_bases(found)


@cache
def house() -> House:
    return House()


def methods_of(node: ast.AST) -> dict[str, Function]:
    return {each.name: each for each in getattr(node, "body", ()) if isinstance(each, Function)}


@dataclass
class Walk:
    """What was come to so far."""

    house: House
    refusals: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    made: set[Name] = field(default_factory=set)
    seen: set[Name] = field(default_factory=set)

    def go(self, starts: Iterable[Name]) -> None:
        waiting = list(starts)
        while waiting:
            name = waiting.pop()
            if name not in self.seen:
                self.seen.add(name)
                waiting += self._step(name)
            if not waiting:
                methods = {(*each, word) for word in self.attributes for each in self.house.by_method[word] & self.made}
                waiting = list(methods - self.seen)

    def _step(self, name: Name) -> Iterator[Name]:
        node = self.house.definitions.get(name[:2])
        if name in BY_CODE:
            self.refusals |= BY_CODE[name]
        elif node is None or name[0].endswith("refusals"):
            return
        elif isinstance(node, ast.ClassDef) and len(name) == 2:
            for base in self.house.with_bases(name):
                self.made.add(base)
                yield from _of_itself(self.house, base)
        elif body := methods_of(node).get(name[2]) if len(name) == 3 else node:
            yield from self._named_in(name[0], body)

    def _named_in(self, module: str, body: ast.AST) -> Iterator[Name]:
        for inner in ast.walk(body):
            if isinstance(inner, ast.Name) and (found := self.house.named(module, inner.id)):
                yield found
            elif isinstance(inner, ast.Attribute):
                self.attributes.add(inner.attr)
                self.refusals |= _refusal(inner)
                yield from _of_module(self.house, module, inner)


def codes_from(house: House, starts: Iterable[Name]) -> set[str]:
    """The codes of all refusals that are named in `starts` (methods, functions), or in what these come to."""
    walk = Walk(house)
    walk.go(starts)
    return walk.refusals


def _of_itself(house: House, name: Name) -> Iterator[Name]:
    """What a class does by itself, and what stands in its body."""
    for inner in getattr(house.definitions[name], "body", ()):
        if isinstance(inner, Function):
            if inner.name in BY_ITSELF or inner.name.startswith("validate_"):
                yield (*name, inner.name)
        else:
            words = [each.id for each in ast.walk(inner) if isinstance(each, ast.Name)]
            yield from filter(None, (house.named(name[0], word) for word in words))


def _of_module(house: House, module: str, attribute: ast.Attribute) -> Iterator[Name]:
    """What `transactions.perform` is, where `transactions` is a module that is imported."""
    if isinstance(attribute.value, ast.Name) and (origin := house.imports[module].get(attribute.value.id)):
        found = (".".join(origin), attribute.attr)
        if found in house.definitions:
            yield found


def _refusal(attribute: ast.Attribute) -> set[str]:
    enum = ast.unparse(attribute.value)
    return {f"{enum}.{attribute.attr}"} if enum.endswith("Refusal") and enum.isidentifier() else set()
