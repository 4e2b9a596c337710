"""Covers begin to stand on their pages, premiums are paid there in advance, and insurers are asked for what accounts
lack, and for cash for the fund."""

from collections.abc import Mapping

from django import forms

from accounts.lifecycle import CoverState
from accounts.models import Cover, Group
from accounts.rules.sharing.contracts import Trigger
from auctions.operations.operator.activate_cover import activate_cover
from auctions.operations.venue.call_margin import call_margin
from auctions.operations.venue.draw_repo import draw_repo
from auctions.operations.venue.prepay_premium import prepay_premium
from backstop.admin.deeds import Deed, add_deeds


def _margin_call(cover: Cover) -> Mapping[str, forms.Field]:
    return {
        "account": forms.CharField(max_length=128),
        "group": forms.ModelChoiceField(
            Group.objects.filter(venue=cover.venue_id).order_by("name"),
            required=False,
            help_text="Of the account's owner.",
        ),
        "amount": forms.DecimalField(),
        "reference": forms.CharField(max_length=128),
    }


def _prepayment(cover: Cover) -> Mapping[str, forms.Field]:
    return {
        "amount": forms.DecimalField(help_text="Below zero: what is left is taken back."),
        "reference": forms.CharField(max_length=128),
    }


def _draw(cover: Cover) -> Mapping[str, forms.Field]:
    return {
        "instrument": forms.CharField(
            max_length=64, help_text="Spot that the fund holds: as much as needed is pledged."
        ),
        "amount": forms.DecimalField(),
        "reference": forms.CharField(max_length=128),
    }


add_deeds(
    Cover,
    Deed(
        "activate",
        "Activate",
        lambda cover, reason: activate_cover(venue_id=cover.venue_id, cover_id=cover.id, reason=reason),
        lambda cover: cover.state == CoverState.SIGNED,
    ),
    Deed(
        "prepay",
        "Pay in advance, or take back",
        lambda cover, **said: prepay_premium(venue_id=cover.venue_id, cover_id=cover.id, **said),
        lambda cover: True,
        fields=_prepayment,
        permission="accounts.change_account",
    ),
    Deed(
        "margin_call",
        "Call margin for an account",
        lambda cover, reason, group, **said: call_margin(
            venue_id=cover.venue_id, cover_id=cover.id, group_id=group and group.id, **said
        ),
        lambda cover: cover.state == CoverState.ACTIVE and Trigger.MARGIN_CALL in cover.triggers,
        fields=_margin_call,
    ),
    Deed(
        "draw",
        "Draw cash for the fund",
        lambda cover, **said: draw_repo(venue_id=cover.venue_id, cover_id=cover.id, **said),
        lambda cover: cover.state == CoverState.ACTIVE and Trigger.LIQUIDITY in cover.triggers,
        fields=_draw,
        permission="accounts.change_account",
    ),
)
