"""What was lost against the marks at intake, on cases computed by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from auctions.rules.outcome import Borne, Judge, Path, Placement, Sold, filtered, outcome_of

START = datetime(2020, 3, 12, tzinfo=UTC)
NOBODY = Borne({}, Decimal(0), Decimal(0), Decimal(0))


def path(*marks: tuple[int, str]) -> Path:
    """Marks by minutes since the start."""
    return Path(
        tuple(START + timedelta(minutes=minute) for minute, _ in marks), tuple(Decimal(mark) for _, mark in marks)
    )


def placed(quantity: str, mark: str, edge: str, fair: str = "0") -> Placement:
    return Placement(Decimal(quantity), Decimal(mark), Decimal(edge), Decimal(fair))


def sold(
    *takes: Placement, sign: int = 1, horizon: str = "90", worst: str = "80", seconds: float | None = None
) -> Sold:
    return Sold(sign, Decimal(10), Decimal(100), takes, Decimal(horizon), Decimal(worst), seconds)


def test_a_book_that_is_half_placed_pays_edges_and_drift_and_loses_on_the_rest() -> None:
    outcome = outcome_of([sold(placed("5", "98", "100", "40"), seconds=30)], NOBODY).as_json()
    # 1 % of 490; five fell by 2; five fell by 10 until the horizon and by 20 at the worst.
    assert (outcome["edges"], outcome["drift"]) == ("4.9", "10")
    assert outcome["unplaced"] == {"horizon": "50", "worst": "100"}
    assert outcome["shortfall"] == {"horizon": "64.9", "worst": "114.9"}
    assert outcome["cost"] == {"horizon": "54.9", "worst": "104.9"}
    assert (outcome["above_fair"], outcome["placed_percent"]) == ("2.94", "50")
    assert outcome["seconds_to_place"] == {"p50": 30, "p99": 30}


def test_a_short_loses_as_marks_rise_and_gains_as_they_fall() -> None:
    outcome = outcome_of([sold(placed("4", "97", "0"), sign=-1, horizon="90", worst="120")], NOBODY)
    assert (outcome.drift, outcome.unplaced_horizon, outcome.unplaced_worst) == (-12, -60, 120)


def test_what_a_provider_pays_lowers_edges_and_is_never_above_fair() -> None:
    outcome = outcome_of([sold(placed("10", "100", "-20", "30"))], NOBODY)
    assert (outcome.edges, outcome.above_fair, outcome.cost_worst) == (-2, 0, -2)


def test_who_bears_bad_debt_is_said_and_added_to_nothing() -> None:
    borne = Borne({"fund": Decimal(7), "losses": Decimal(3)}, Decimal(-7), Decimal(5), Decimal(2))
    outcome = outcome_of([sold()], borne)
    assert outcome.as_json()["bad_debt"] == {"fund": "7", "losses": "3"}
    assert (outcome.shortfall_worst, outcome.cost_worst) == (200, 200)


def test_nothing_at_all_lost_nothing() -> None:
    outcome = outcome_of([], NOBODY)
    assert (outcome.notional, outcome.placed_percent, outcome.shortfall_worst, outcome.p50) == (0, 0, 0, None)


def test_a_single_outlier_is_filtered_away() -> None:
    marks = filtered(path((0, "162"), (1, "101"), (2, "160"), (3, "158")))
    assert marks.marks == (Decimal(159),) * 4


def test_the_median_reaches_five_minutes_either_way_exactly() -> None:
    assert filtered(path((0, "10"), (5, "20"), (11, "40"))).marks == (Decimal(15), Decimal(15), Decimal(40))


def test_what_is_unplaced_is_judged_after_its_intake_and_up_to_the_horizon_exactly() -> None:
    judge = Judge(path((0, "50"), (60, "90"), (360, "70"), (361 + 10, "10")))
    assert judge.worst(START, Decimal(100), 1) == 70
    assert judge.worst(START, Decimal(100), -1) == 90
    assert judge.at_horizon(START, Decimal(100)) == 70


def test_without_a_later_mark_nothing_has_moved() -> None:
    judge = Judge(path((0, "50")))
    assert judge.worst(START, Decimal(100), 1) == judge.at_horizon(START, Decimal(100)) == 100


def test_the_worst_mark_is_that_of_every_window() -> None:
    marks = [100, 97, 103, 90, 99, 105, 92, 101, 98]
    judge = Judge(path(*((60 * hour, str(mark)) for hour, mark in enumerate(marks))), horizon_seconds=3 * 3600)
    for hour in range(len(marks) - 1):
        later = marks[hour + 1 : hour + 4]
        since = START + timedelta(hours=hour)
        assert judge.worst(since, Decimal(0), 1) == min(later)
        assert judge.worst(since, Decimal(0), -1) == max(later)
