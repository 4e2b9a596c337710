"""Related groups count as one, also those that are related through others."""

from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.clusters import clusters

pairs_of_groups = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=15)


def test_groups_that_are_related_through_a_third_are_one() -> None:
    found = clusters([("Bob", "Alice"), ("Bob", "Charlie")])
    assert {found.of(name) for name in ("Alice", "Bob", "Charlie")} == {"Alice"}
    assert found.members("Charlie") == {"Alice", "Bob", "Charlie"}


def test_a_group_that_is_related_to_none_is_one_by_itself() -> None:
    found = clusters([("Alice", "Bob")])
    assert (found.of("Dora"), found.members("Dora")) == ("Dora", {"Dora"})


@given(pairs_of_groups, st.randoms())
def test_a_cluster_is_whoever_can_be_reached_whatever_the_order(pairs, random) -> None:
    found = clusters(pairs)
    shuffled = [random.choice([(one, other), (other, one)]) for one, other in random.sample(pairs, len(pairs))]
    for group in range(13):
        reached = {group}
        while more := {far for pair in pairs if reached & set(pair) for far in pair} - reached:
            reached |= more
        assert found.members(group) == clusters(shuffled).members(group) == reached
        assert {found.of(each) for each in reached} == {min(reached)}
