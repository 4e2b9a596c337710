"""Merkle trees as in RFC 6962, section 2.1: one hash that stands for a list, and short proofs of what is in it.

SHA-256; leaves and inner nodes are hashed apart, so that neither can pass for the other.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """The root over a list of leaves, and each leaf's inclusion path, from the bottom up."""

    root: bytes
    paths: tuple[Path, ...]


def tree_of(leaves: Sequence[bytes]) -> Tree:
    """MTH(D[n]) of section 2.1 and, for every leaf, PATH(m, D[n]) of section 2.1.1."""
    if not leaves:
        return Tree(hashlib.sha256().digest(), ())
    if len(leaves) == 1:
        return Tree(_leaf(leaves[0]), ((),))
    split = _split(len(leaves))
    left, right = tree_of(leaves[:split]), tree_of(leaves[split:])
    paths = [*((*path, right.root) for path in left.paths), *((*path, left.root) for path in right.paths)]
    return Tree(_node(left.root, right.root), tuple(paths))


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that the list of `size` leaves under `root` has `leaf` at `index`, from 0."""
    if not 0 <= index < size:
        return False
    on_the_right: list[bool] = []
    while size > 1:
        split = _split(size)
        on_the_right.append(index >= split)
        index, size = (index - split, size - split) if index >= split else (index, split)
    if len(path) != len(on_the_right):
        return False
    current = _leaf(leaf)
    for sibling, right in zip(path, reversed(on_the_right), strict=True):
        current = _node(sibling, current) if right else _node(current, sibling)
    return current == root


def _split(size: int) -> int:
    """The largest power of two that is below `size` > 1."""
    return 1 << (size - 1).bit_length() - 1


def _leaf(content: bytes) -> bytes:
    return hashlib.sha256(b"\0" + content).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
