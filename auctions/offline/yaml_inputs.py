"""Strict reading of YAML, as of a calculator's JSON: every refusal names the line and the JSON pointer of its place.

Of plain scalars only null, true, false and whole numbers are read as such; all others are text, so that a decimal never
passes through a float. Names given twice, tags, anchors and a second document are refused.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from auctions.offline.inputs import InputRefused, Members, Node
from backstop.values.documents import pointer_to

MOST_LEVELS = 20
MOST_BYTES = 1_000_000
_TAG: Final = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """Composes nodes alone."""

    yaml_implicit_resolvers = {}


_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"(?:~|null|)$", re.ASCII), ["~", "n", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"(?:true|false)$", re.ASCII), ["t", "f"])
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"-?(?:0|[1-9][0-9]{0,29})$", re.ASCII), list("-0123456789"))
_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    "null": lambda text: None,
    "bool": lambda text: text == "true",
    "int": int,
    "str": str,
}


class YamlFile:
    """A document that was read, and the line that each place of it begins on."""

    def __init__(self, path: str) -> None:
        """Raises `InputRefused`."""
        self.path = path
        self._lines: dict[str, int] = {}
        self._seen: set[int] = set()
        try:
            raw = Path(path).read_bytes()
            if len(raw) > MOST_BYTES:
                raise InputRefused("", f"must be at most {MOST_BYTES} bytes")
            text = raw.decode("utf-8-sig")
            _require_shallow(text)
            root = yaml.compose(text, _Loader)
            self.node = Node(None if root is None else self._read(root, ""))
        except (OSError, UnicodeDecodeError) as error:
            raise InputRefused("", f"cannot be read: {error}") from None
        except yaml.YAMLError as error:
            raise InputRefused("", f"is not YAML: {' '.join(str(error).split())}") from None

    def line(self, pointer: str) -> int:
        """The line that this pointer leads to, or what it leads into."""
        while pointer and pointer not in self._lines:
            pointer = pointer.rpartition("/")[0]
        return self._lines.get(pointer, 1)

    def _read(self, node: yaml.Node, pointer: str) -> Any:
        self._lines.setdefault(pointer, node.start_mark.line + 1)
        if id(node) in self._seen:
            raise self._refusal(node, pointer, "must be written out: aliases are not read")
        self._seen.add(id(node))
        kind = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return Members([self._member(key, value, pointer) for key, value in node.value])
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self._read(item, f"{pointer}/{index}") for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
            return _SCALARS[kind](node.value)
        raise self._refusal(node, pointer, f"must be without the tag {node.tag}")

    def _member(self, key: yaml.Node, value: yaml.Node, pointer: str) -> tuple[str, Any]:
        if not isinstance(key, yaml.ScalarNode):
            raise self._refusal(key, pointer, "must have names that are text")
        place = pointer + pointer_to(key.value)
        self._lines[place] = key.start_mark.line + 1
        return key.value, self._read(value, place)

    def _refusal(self, node: yaml.Node, pointer: str, problem: str) -> InputRefused:
        return InputRefused(pointer, f"{problem} (line {node.start_mark.line + 1})")


def _require_shallow(text: str) -> None:
    """Raises `InputRefused` before anything is made of a text that would be read level by level without end."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_LEVELS:
            raise InputRefused("", f"is nested too deeply: at most {MOST_LEVELS} levels are read")
