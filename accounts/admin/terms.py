"""Terms of instruments and venues, set on their pages: from an instant on, for what comes then."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.operations.terms.set_instrument_terms import RATE_SCALE, set_instrument_terms
from accounts.operations.terms.set_mark_by_hand import hand_of, set_mark_by_hand
from accounts.operations.terms.set_venue_terms import set_venue_terms
from backstop import clock
from backstop.admin.deeds import Deed, add_deeds
from backstop.models import Instrument, Venue
from backstop.transactions import current_actor

AS_IT_IS = "Empty: as it is then."


def _from_when() -> forms.Field:
    return forms.DateTimeField(required=False, help_text="UTC. Empty: now. What was set for later is void.")


def _of_instrument(instrument: Instrument) -> dict[str, forms.Field]:
    listed = [("", "as it is then"), ("yes", "yes"), ("no", "no: no book is received with it")]
    return {
        "margin_rate": forms.DecimalField(required=False, decimal_places=RATE_SCALE, help_text=AS_IT_IS),
        "quantity_step": forms.DecimalField(required=False, help_text=f"{AS_IT_IS} It has to divide the one before."),
        "is_listed": forms.TypedChoiceField(
            choices=listed, required=False, coerce=lambda said: said == "yes", empty_value=None
        ),
        "effective_at": _from_when(),
    }


def _of_venue(venue: Venue) -> dict[str, forms.Field]:
    notice = "How long before it takes effect a worse commitment has to be announced."
    others = {
        "exposure_max_age_seconds": "How long what the venue reports of a provider's exposure counts.",
        "default_confirm_seconds": "Within which time a default is confirmed.",
        "default_book_seconds": "Within which time after that its book comes.",
    }
    return {
        "notice_seconds": forms.IntegerField(min_value=0, help_text=notice),
        **{
            name: forms.IntegerField(min_value=0, required=False, help_text=f"{text} {AS_IT_IS}")
            for name, text in others.items()
        },
        "effective_at": _from_when(),
    }


def _set_instrument(row: Instrument, **said: Any) -> object:
    return set_instrument_terms(venue_id=row.venue_id, instrument_id=row.id, **said)


def _mark(row: Instrument, reason: str, price: Decimal) -> object:
    return set_mark_by_hand(
        venue_id=row.venue_id,
        instrument_id=row.id,
        price=price,
        reason=reason,
        source=hand_of(current_actor()),
        marked_at=clock.now(),
    )


def _of_mark(instrument: Instrument) -> dict[str, forms.Field]:
    text = "It counts as one source more, yours, as long as marks of the venue do."
    return {"price": forms.DecimalField(min_value=0, help_text=text)}


add_deeds(
    Instrument,
    Deed("terms", "Set terms", _set_instrument, lambda row: True, fields=_of_instrument),
    Deed("mark", "Mark by hand", _mark, lambda row: True, fields=_of_mark, permission="backstop.change_mark"),
)
add_deeds(
    Venue,
    Deed(
        "terms",
        "Set terms",
        lambda row, **said: set_venue_terms(venue_id=row.id, **said),
        lambda row: True,
        fields=_of_venue,
    ),
)
