"""When master keys rotate, keys of auctions are wrapped anew, and bids stay readable."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from auctions.desks import seals as sealing
from auctions.desks.seals import load_seals
from auctions.models import Bid
from auctions.rules.sealing import Offer
from tests.market import a_bidder, an_auction, keyring, order, place

pytestmark = pytest.mark.django_db


def test_rotation_wraps_every_key_anew_and_bids_stay_readable(venue, travel, settings, forgotten, capsys):
    settings.SEALING_KEYS = keyring("old")
    auction = an_auction(venue)
    alice = a_bidder(venue)
    place(alice, order(auction, units=7, edge="12.5"))
    settings.SEALING_KEYS = keyring("new", "old")
    call_command("rotate_sealing_keys")
    assert "1 keys are wrapped with 'new' now" in capsys.readouterr().out
    call_command("rotate_sealing_keys")
    assert "0 keys" in capsys.readouterr().out
    settings.SEALING_KEYS = keyring("new")
    sealing._kept.clear()
    assert load_seals([auction.id])[auction.id].open(Bid.objects.get()) == Offer(7, Decimal("12.5"))
    (replayed,) = place(alice, order(auction, units=7, edge="12.5"))
    assert replayed.bid_id == Bid.objects.get().id


def test_rotation_without_the_old_key_says_so(venue, settings, forgotten):
    settings.SEALING_KEYS = keyring("old")
    auction = an_auction(venue)
    settings.SEALING_KEYS = keyring("new")
    with pytest.raises(CommandError, match=f"1 keys could not be unwrapped, the first: auction {auction.id}"):
        call_command("rotate_sealing_keys")
