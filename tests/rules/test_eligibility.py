"""Who may take part in a lot: not its owner, nor who is related to it, nor who failed in it, nor who is suspended."""

from uuid import UUID

import pytest

from auctions.rules.eligibility import Bar, Candidate, Exclusions, excluded_providers, is_excluded, why_not

OWN, RELATED, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
FAULTY, SOUND = UUID(int=11), UUID(int=12)
LOT = Exclusions(groups=frozenset({OWN, RELATED}), providers=frozenset({FAULTY}))


@pytest.mark.parametrize(
    ("candidate", "bar", "excluded"),
    [
        (Candidate(SOUND, OTHER), None, False),
        (Candidate(SOUND, OWN), Bar.EXCLUDED, True),
        (Candidate(SOUND, RELATED), Bar.EXCLUDED, True),
        (Candidate(FAULTY, OTHER), Bar.EXCLUDED, True),
        (Candidate(SOUND, OTHER, suspended=True), Bar.SUSPENDED, False),
        (Candidate(SOUND, OWN, suspended=True), Bar.SUSPENDED, True),
    ],
)
def test_who_may_take_part_is_said_once(candidate, bar, excluded) -> None:
    assert why_not(candidate, LOT) == bar
    assert is_excluded(candidate, LOT) == excluded
    assert excluded_providers([candidate], LOT) == ({candidate.provider_id} if excluded else set())


def test_what_an_auction_keeps_says_the_same_as_the_facts() -> None:
    everybody = [
        Candidate(UUID(int=20 + place), group, suspended)
        for place, (group, suspended) in enumerate(
            (group, suspended) for group in (OWN, RELATED, OTHER) for suspended in (False, True)
        )
    ]
    kept = Exclusions(providers=excluded_providers(everybody, LOT))
    assert [why_not(each, kept) for each in everybody] == [why_not(each, LOT) for each in everybody]


def test_where_nobody_owns_and_nobody_failed_everybody_may_take_part() -> None:
    assert why_not(Candidate(SOUND, OWN), Exclusions()) is None
