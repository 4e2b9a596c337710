"""Buckets of tokens: so many at once, and so many a second from then on; together, whoever asks and however many."""

import pytest
from django.db import connection

from backstop.metering import Allowance, Rate, headers_of, look_at, take_tokens
from backstop.models import Bucket
from tests.races.together import together

THREE = Rate("three", 3, 0.5)


def taken(count: int, bucket: str = "b", rate: Rate = THREE) -> list[float]:
    return [round(take_tokens(bucket, rate).left, 3) for _ in range(count)]


@pytest.mark.django_db
def test_so_many_are_taken_at_once_and_then_one_each_time_that_it_comes_back(travel) -> None:
    travel.freeze()
    assert taken(5) == [2, 1, 0, -1, -1]
    travel(seconds=1)
    assert taken(1) == [-0.5]
    travel(seconds=1)
    assert taken(2) == [0, -1]
    travel(seconds=1000)
    assert taken(4) == [2, 1, 0, -1]


@pytest.mark.django_db
def test_buckets_know_nothing_of_each_other(travel) -> None:
    travel.freeze()
    assert taken(4, "mine")[-1] < 0
    assert taken(1, "yours") == [2]
    assert taken(1, "mine", Rate("four", 4, 0.5)) == [3]


@pytest.mark.django_db
def test_what_costs_more_takes_so_many_at_once_or_none(travel) -> None:
    travel.freeze()
    left = [round(take_tokens("b", THREE, cost).left, 3) for cost in (2, 2, 1, 1)]
    assert left == [1, -1, 0, -1]
    travel(seconds=2)
    assert take_tokens("b", THREE, 2).retry_seconds == 2


@pytest.mark.django_db
def test_who_only_looks_takes_nothing(travel) -> None:
    travel.freeze()
    take_tokens("b", THREE, 2)
    for _ in range(2):
        assert [round(each.left, 3) for each in look_at("b", [THREE, Rate("four", 4, 0.5)])] == [1, 4]
    travel(seconds=1000)
    assert look_at("b", [THREE])[0].left == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "first_left"), [(0, 0), (0.001, 10)])
def test_buckets_that_have_been_full_for_an_hour_go_and_at_it_stay(travel, seconds, first_left) -> None:
    travel.freeze()
    for number in range(10):
        taken(1, f"b{number}")
    travel(seconds=2 + 3600 + seconds)
    for number in range(10, 15):
        taken(1, f"b{number}")
    left = set(Bucket.objects.values_list("name", flat=True))
    assert left == {f"three:b{number}" for number in range(first_left, 15)}


@pytest.mark.django_db
def test_the_table_is_unlogged_so_that_nobody_waits_for_a_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'backstop_bucket'::regclass")
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db
def test_where_nothing_can_be_written_nobody_is_metered() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    assert taken(5) == [3, 3, 3, 3, 3]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_are_there_at_once_one_gets_the_last_token() -> None:
    outcomes = together(*[lambda: take_tokens("b", Rate("three", 3, 0.0001)).is_spent for _ in range(8)])
    assert sorted(outcomes) == [False] * 3 + [True] * 5


def test_what_is_left_is_said_in_headers() -> None:
    requests, spent = Rate("requests", 1000, 100), Rate("answers", 50, 0.4)
    assert headers_of([Allowance(requests, 998.9), Allowance(spent, -0.5)]) == {
        "RateLimit-Policy": '"requests";q=1000;w=10, "answers";q=50;w=125',
        "RateLimit": '"requests";r=998;t=1, "answers";r=0;t=127',
        "Retry-After": "2",
    }
    assert "Retry-After" not in headers_of([Allowance(requests, 0)])
