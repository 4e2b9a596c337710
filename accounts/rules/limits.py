"""What a limit that somebody sets may say. Pure."""

from decimal import Decimal

from backstop.errors import Refusal
from backstop.values.amounts import AmountRefused, require_takeable


def require_limit(limit: Decimal | None, scale: int, name: str, refusal: Refusal) -> None:
    """Raises `refusal`, naming the field, unless this is None or an amount of so many decimals, of zero or more."""
    if limit is None:
        return
    try:
        require_takeable(limit, scale, name)
    except AmountRefused as refused:
        raise refusal.error(str(refused), pointer=f"/{name}") from refused
    if limit < 0:
        raise refusal.error(pointer=f"/{name}")
