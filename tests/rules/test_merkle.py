"""Merkle trees of RFC 6962 and their proofs."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstop.values.merkle import is_included, tree_of

lists = st.lists(st.binary(max_size=3), min_size=1, max_size=40)


class TestPublished:
    """The trees over the first 0 to 8 of eight leaves with which implementations of RFC 6962 are tested: LeafInputs and
    RootHashes of github.com/transparency-dev/merkle, testonly/constants.go, and the proofs in proof/verify_test.go
    (there counted from 1); from Certificate Transparency's merkle_tree_test.cc."""

    LEAVES = [
        bytes.fromhex(leaf)
        for leaf in (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        )
    ]
    ROOTS = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    PROOFS = [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ]

    @pytest.mark.parametrize("size", range(9))
    def test_roots(self, size: int) -> None:
        assert tree_of(self.LEAVES[:size]).root.hex() == self.ROOTS[size]

    @pytest.mark.parametrize(("index", "size", "path"), PROOFS)
    def test_paths(self, index: int, size: int, path: list[str]) -> None:
        tree = tree_of(self.LEAVES[:size])
        assert [one.hex() for one in tree.paths[index]] == path
        assert is_included(self.LEAVES[index], index, size, tree.paths[index], tree.root)


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=40, unique=True))
def test_every_leaf_is_proven_at_its_place_and_nowhere_else(leaves: list[bytes]) -> None:
    tree = tree_of(leaves)
    for index, (leaf, path) in enumerate(zip(leaves, tree.paths, strict=True)):
        for place in range(-1, len(leaves) + 1):
            assert is_included(leaf, place, len(leaves), path, tree.root) == (place == index)


@given(lists, st.binary(max_size=3))
def test_no_other_leaf_is_proven(leaves: list[bytes], other: bytes) -> None:
    tree = tree_of(leaves)
    for index, path in enumerate(tree.paths):
        assert is_included(other, index, len(leaves), path, tree.root) == (other == leaves[index])


@given(lists, lists)
def test_lists_that_differ_have_different_roots(leaves: list[bytes], others: list[bytes]) -> None:
    assert (tree_of(leaves).root == tree_of(others).root) == (leaves == others)


@given(lists)
def test_a_path_that_is_cut_prolonged_or_turned_proves_nothing(leaves: list[bytes]) -> None:
    tree = tree_of(leaves)
    for index, path in enumerate(tree.paths):
        wrong = [path[:-1], path[1:], (*path, tree.root), (tree.root, *path), path[::-1]]
        for other in wrong:
            assert other == path or not is_included(leaves[index], index, len(leaves), other, tree.root)


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    leaves = [b"a", b"b", b"c", b"d"]
    tree = tree_of(leaves)
    (_, upper), *_ = tree.paths
    (_, lower), *_ = tree.paths[2:]
    assert tree_of([b"\1" + lower + upper]).root != tree.root
    assert not is_included(lower + upper, 0, 1, (), tree.root)


def test_a_path_is_no_longer_than_the_tree_is_high() -> None:
    heights = [max(map(len, tree_of([bytes(2)] * size).paths)) for size in range(1, 130)]
    assert heights[:9] == [0, 1, 2, 2, 3, 3, 3, 3, 4]
    assert all(0 <= after - before <= 1 for before, after in pairwise(heights))
