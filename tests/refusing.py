"""How tests say that something is refused: by the member that it is refused with."""

import pytest

from backstop.errors import DomainError, Refusal


def refused(refusal: Refusal, *, match: str | None = None) -> pytest.RaisesExc[DomainError]:
    """`with refused(AuctionRefusal.BID_FIRM): ...`; gives the exception as `pytest.raises` does."""
    return pytest.raises(DomainError, match=match, check=lambda error: error.refusal is refusal)


def is_refused(outcome: object, refusal: Refusal) -> bool:
    """Whether what was returned or raised is that refusal."""
    return isinstance(outcome, DomainError) and outcome.refusal is refusal
