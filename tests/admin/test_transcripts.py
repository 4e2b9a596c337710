"""The transcript in the admin: on the page of an auction that is decided, as the document that is verified."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from auctions.models import Transcript
from backstop.values.frozen import frozen
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def page(auction) -> str:
    return reverse("admin:auctions_auction_change", args=[auction.pk])


def test_an_auction_that_is_not_decided_offers_no_transcript(client, sealed):
    address = reverse("admin:auctions_auction_transcript", args=[sealed.pk])
    assert address not in client.get(page(sealed)).content.decode()
    assert client.get(address).status_code == 404


def test_a_decided_auction_offers_the_signed_document(client, decided):
    address = reverse("admin:auctions_auction_transcript", args=[decided.pk])
    assert address in client.get(page(decided)).content.decode()
    assert frozen(client.get(address).json()) == Transcript.objects.get(auction=decided).document


def test_who_may_not_see_auctions_may_not_see_transcripts(decided):
    clerk = get_user_model().objects.create_user("clerk", password="x" * 12, is_staff=True)
    visitor = signed_in(clerk)
    assert visitor.get(reverse("admin:auctions_auction_transcript", args=[decided.pk])).status_code == 403
