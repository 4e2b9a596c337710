"""What is read by one serializer at the same time, or one after the other, leaves nothing to the next."""

import threading

import pytest
from rest_framework.exceptions import ValidationError

from auctions.api.serializers.bids import EitherBidInput
from backstop.api.parsing import read, reader_of
from backstop.errors import FAULTS_NAMED

BID = {"client_bid_id": "one", "units": 1, "edge_bps": "30"}
MANY = {"many": True, "allow_empty": False, "max_length": 100}


def test_what_was_faulty_before_leaves_the_next_as_it_is() -> None:
    for _ in range(2):
        with pytest.raises(ValidationError) as refused:
            read(EitherBidInput, [{}] * 100, **MANY)
        assert len(refused.value.detail) == FAULTS_NAMED + 1, "what comes after is not looked at"
    assert [sent["units"] for sent in read(EitherBidInput, [BID] * 100, **MANY)] == [1] * 100


def test_sealed_and_plain_items_are_counted_together() -> None:
    with pytest.raises(ValidationError) as refused:
        read(EitherBidInput, [{}, {"sealed_offer": ""}] * 50, **MANY)
    assert len(refused.value.detail) == FAULTS_NAMED + 1


def test_threads_that_read_by_one_serializer_get_what_each_of_them_sent() -> None:
    found: dict[int, set[int]] = {}

    def reading(units: int) -> None:
        found[units] = {read(EitherBidInput, BID | {"units": units})["units"] for _ in range(200)}

    threads = [threading.Thread(target=reading, args=(units,)) for units in range(1, 9)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {units: {units} for units in range(1, 9)}


def test_one_reader_serves_all() -> None:
    assert reader_of(EitherBidInput) is reader_of(EitherBidInput)
    assert reader_of(EitherBidInput, **MANY) is not reader_of(EitherBidInput)
