"""A venue's file says each thing once and exactly; what it may not say is refused with line, place and what instead."""

from decimal import Decimal
from pathlib import Path

import pytest

from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from accounts.rules.sharing.positions import Method
from auctions.offline.inputs import InputRefused
from auctions.offline.venue_entries import AlertEntry, CapEntry, ExposureEntry, VenueFile
from auctions.offline.venue_file import read_venue
from auctions.offline.yaml_inputs import MOST_BYTES, MOST_LEVELS, YamlFile
from auctions.rules.alerts import AlertCondition
from auctions.rules.presets import Preset

EXAMPLE = Path(__file__).parents[2] / "docs" / "venue.example.yaml"
PARAMETERS = ("assign_cap_bps", "dutch_cap_bps", "dutch_rise_bps", "fund_draw_limit", "fund_inventory_limit")
ALL = (*PARAMETERS, "sealed_reserve_bps", "uncontested_caps_bps")
VENUE = "venue: {code: north, name: North}\n"


def read(path: Path) -> VenueFile:
    return read_venue(YamlFile(str(path)).node, ALL)


@pytest.fixture
def said(tmp_path):
    """What is read of a text; or the texts of its refusals, each after its line."""

    def read_text(text: str) -> VenueFile | str:
        path = tmp_path / "venue.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            document = YamlFile(str(path))
        except InputRefused as refused:
            return str(refused)
        try:
            return read_venue(document.node, ALL)
        except InputRefused as refused:
            return "\n".join(f"{document.line(fault.pointer)} {fault}" for fault in refused.faults)

    return read_text


def test_the_example_is_read_digit_by_digit() -> None:
    example = read(EXAMPLE)
    bitcoin = example.instruments["BTC-PERP"]
    assert (bitcoin.quantity_step, bitcoin.margin_rate) == (Decimal("0.001"), Decimal("0.1"))
    assert (example.code, example.terms, example.assets) == ("example", {"notice_seconds": 3600}, {"USD": 6})
    assert example.groups == {"Alpha": ("Alpha Asia",), "Alpha Asia": None, "Beta": None, "Gamma": None}
    assert example.providers == {"Alice": "Alpha", "Bob": "Beta", "Charlie": "Gamma"}
    assert example.playbook is not None
    assert (example.playbook.preset, example.playbook.parameters["dutch_cap_bps"]) == (Preset.FAST, 300)
    assert example.caps == (CapEntry("/limits/auctions/0", "USD", "PERPS", Decimal(20_000_000)),)
    limits = (Decimal(10_000_000), Decimal(5_000_000))
    assert example.exposures == (ExposureEntry("/limits/exposures/0", "USD", "Alpha", *limits),)
    assert example.approvals == {"USD": Decimal(100_000)}
    assert example.loss_plan is not None
    first = PlannedLayer(LayerKind.FIRST_TRANCHE, Decimal(100_000), target=Decimal(100_000))
    others = (LayerKind.COVERS, LayerKind.FUND, LayerKind.SECOND_TRANCHE)
    assert example.loss_plan == (first, *map(PlannedLayer, others))
    assert example.alerts == (
        AlertEntry("/alerts/0", AlertCondition.STUCK_ROWS, None, Decimal(1), 5, ()),
        AlertEntry("/alerts/1", AlertCondition.UNPLACED_RISK, "USD", Decimal(1_000_000), 10, ()),
    )


def test_a_venue_alone_is_enough(said) -> None:
    north = said(VENUE)
    assert (north.code, north.assets, north.playbook, north.loss_plan) == ("north", {}, None, None)


def test_decimals_never_pass_through_a_float(said) -> None:
    step = "0.123456789012345678"
    text = f"{VENUE}assets: {{USD: {{scale: 6}}}}\nproduct_groups: [P]\ninstruments:\n  X: {{kind: SPOT, "
    of = f"product_group: P, settlement_asset: USD, quantity_step: {step}, margin_rate: '0.10'}}\n"
    assert said(text + of).instruments["X"].quantity_step == Decimal(step)


def test_null_is_no_limit_and_what_is_not_said_is_not_set(said) -> None:
    north = said(
        f"{VENUE}assets: {{USD: {{scale: 6}}}}\nplaybook: {{dutch_rise_bps: null}}\n"
        "limits:\n  auctions: [{asset: USD, limit: null}]\n  approvals: {USD: }\n"
    )
    assert north.playbook.parameters == {"dutch_rise_bps": None}
    assert north.caps == (CapEntry("/limits/auctions/0", "USD", None, None),)
    assert north.approvals == {"USD": None}


def test_losses_are_allocated_pro_rata_unless_the_file_names_a_method(said) -> None:
    plan = f"{VENUE}loss_plan:\n- {{kind: FIRST_TRANCHE}}\n- {{kind: FUND}}\n- {{kind: LOSS_ALLOCATION%s}}\n"
    methods = [said(plan % named).loss_plan[-1].method for named in ("", ", method: RANK")]
    assert methods == [Method.PRO_RATA, Method.RANK]


WITH_USD = f"{VENUE}assets:\n  USD: {{scale: 6}}\n"
BREAKERS = "- {{condition: BREAKERS, threshold: {}, minutes: 1}}\n"
WITH_GROUPS = f"{WITH_USD}groups:\n  Alpha:\n  Beta:\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1 input: must be an object"),
        ("assets: {}\n", "1 /venue: is missing"),
        (f"{VENUE}asets: {{}}\n", "2 /asets: is no field here; did you mean assets?"),
        (f"{VENUE}zzz: 1\n", "2 /zzz: is no field here; known are venue, assets, product_groups, instruments, "),
        ("venue: {code: north, name: 3}\n", "1 /venue/name: must be a string that is not empty"),
        (f"{WITH_USD}  USD: {{scale: 6}}\n", "4 /assets/USD: is given twice"),
        (f"{VENUE}assets:\n  USD: {{scale: six}}\n", "3 /assets/USD/scale: must be a whole number"),
        (f"{VENUE}assets:\n  USD: {{scale: -1}}\n", "3 /assets/USD/scale: must not be negative"),
        (f"{VENUE}product_groups: [P, P]\n", "2 /product_groups/1: is named twice"),
        (f"{VENUE}playbook:\n  assign_cap: 1\n", "3 /playbook/assign_cap: is no parameter of a playbook; did you mean"),
        (f"{VENUE}playbook:\n  preset: SLOW\n", "3 /playbook/preset: must be one of PATIENT, FAST"),
        (
            f"{WITH_GROUPS}providers:\n  Alice: {{group: Alhpa}}\n",
            "8 /providers/Alice/group: is Alhpa, which groups of ",
        ),
        (f"{VENUE}groups:\n  A: {{related: [A]}}\n", "3 /groups/A/related/0: is this group itself: name another"),
        (f"{WITH_USD}limits:\n  auctions: [{{asset: USD}}]\n", "5 /limits/auctions/0/limit: is missing: say an amount"),
        (f"{WITH_USD}limits:\n  approvals: {{EUR: 1}}\n", "5 /limits/approvals/EUR: is EUR, which assets of this file"),
        (f"{WITH_USD}limits:\n  approvals: {{USD: -1}}\n", "5 /limits/approvals/USD: must not be negative"),
        (f"{WITH_USD}limits:\n  approvals: {{USD: 1e5}}\n", "5 /limits/approvals/USD: must be a plain decimal"),
        (
            f"{WITH_USD}limits:\n  auctions:\n  - {{asset: USD, limit: 1}}\n  - {{asset: USD, limit: 2}}\n",
            "7 /limits/auctions/1: is about the same as /limits/auctions/0: leave one",
        ),
        (
            f"{VENUE}loss_plan:\n- {{kind: FUND}}\n- {{kind: FIRST_TRANCHE}}\n",
            "2 /loss_plan: the venue's first tranche",
        ),
        (
            f"{VENUE}loss_plan:\n- {{kind: FIRST_TRANCHE}}\n- {{kind: FUND, per_event: 1}}\n",
            "4 /loss_plan/1: the fund's limits are the playbook's draw limits",
        ),
        (
            f"{VENUE}alerts: [{{condition: STUCK, threshold: 1, minutes: 1}}]\n",
            "2 /alerts/0/condition: must be one",
        ),
        (f"{VENUE}alerts: [{{condition: BREAKERS, minutes: 1}}]\n", "2 /alerts/0/threshold: is missing"),
        (
            f"{VENUE}alerts:\n{BREAKERS.format(1)}{BREAKERS.format(2)}",
            "4 /alerts/1: is about the same as /alerts/0: leave one",
        ),
        ("venue: &v {code: a, name: b}\nassets: *v\n", "input: /assets: must be written out: aliases are not read"),
        ("venue: !!python/name:os.system\n", "must be without the tag"),
        ("? [a]\n: b\n", "must have names that are text"),
        ("venue: {\n", "is not YAML: "),
        ("a: 1\n---\nb: 2\n", "is not YAML: "),
        ("[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1), "is nested too deeply"),
        (f"venue: {'[' * (MOST_LEVELS - 1)}1{']' * (MOST_LEVELS - 1)}\n", "/venue: must be an object"),
        pytest.param("[" * 5000, "is nested too deeply", id="5,000 levels"),
        pytest.param("#" * (MOST_BYTES + 1), f"must be at most {MOST_BYTES} bytes", id="a byte too many"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_what_instead(said, text: str, problem: str) -> None:
    found = said(text)
    assert isinstance(found, str)
    assert problem.removeprefix("input: ") in found


def test_all_that_is_wrong_is_named_at_once(said) -> None:
    found = said(
        "venue: {code: 3, nam: North}\n"
        "assets: {USD: {scale: six}, EUR: {scale: -1}}\n"
        "instruments:\n"
        "  X: {kind: BOND, product_group: P, settlement_asset: USD, quantity_step: a, margin_rate: 0.1}\n"
        "playbook: {preset: SLOW, assign_cap: 1}\n"
        "limits:\n  auctions: [{asset: USD}, {asset: GBP, limit: -1}]\n  approvals: {USD: 1e5}\n"
        "alerts: [{condition: BREAKERS}]\nzzz: 1\n"
    )
    assert [line.partition(" ")[2].partition(":")[0] for line in found.splitlines()] == [
        *("/zzz", "/venue/nam", "/venue/code", "/venue/name", "/assets/USD/scale", "/assets/EUR/scale"),
        *("/instruments/X/kind", "/instruments/X/product_group", "/instruments/X/quantity_step"),
        *("/playbook/preset", "/playbook/assign_cap"),
        *("/limits/auctions/0/limit", "/limits/auctions/1/asset", "/limits/auctions/1/limit"),
        *("/limits/approvals/USD", "/alerts/0/threshold", "/alerts/0/minutes"),
    ]


def test_what_a_fault_makes_of_other_parts_of_the_file_is_not_said(said) -> None:
    """An asset that cannot be read is named all the same, and two entries that cannot be are not about the same."""
    found = said(f"{VENUE}assets: {{USD: {{scale: six}}}}\nlimits: {{auctions: [{{asset: USD}}, {{asset: USD}}]}}\n")
    places = ["/assets/USD/scale", "/limits/auctions/0/limit", "/limits/auctions/1/limit"]
    assert [line.split()[1].rstrip(":") for line in found.splitlines()] == places


def test_a_file_of_exactly_the_most_bytes_is_read(said) -> None:
    assert said(VENUE + "#" * (MOST_BYTES - len(VENUE))).code == "north"


def test_a_file_that_is_not_there_is_one_line(tmp_path) -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        YamlFile(str(tmp_path / "absent.yaml"))
