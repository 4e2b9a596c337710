"""The units of numbers in the API, by their names."""

_IN_THE_ASSET = """
above accrued added advanced advances advances_repaid aggregate allocated amount amount_paid assets attachment balance
base_hold budget came cap_held cap_per_assignment capacity cash charged closing collateral collateral_held
contribution copaid cost counted covered_by_fund debt debt_covered depth disputed_amount drawn drift earned edge
edge_earned edges equity equity_part estate fee free fund fund_day_limit fund_draw_limit fund_event_limit
fund_group_limit fund_inventory_limit fund_part gross gross_limit had held in_estate insured interest lacked lacking
left limit losses_and_claims lost margin_free margin_needed max_lot_notional max_unplaced_risk missing net net_limit
notional offered opening outstanding owed paid paid_by_layers per_24h per_event posted premiums principal profit
rebates_due rebates_paid recovered refused remaining repaid repo_limit requirement residual result service sold
standby_due standby_paid stressed_depth taken target tier_1_capacity tier_2_capacity to_estate unit_exposure unit_hold
unpaid up_to used waiting wanted went window_capacity without_two_largest written_off
"""
AMOUNTS = frozenset(_IN_THE_ASSET.split())

# Of all others, by how their name ends; "" of a fraction, a factor or shares.
UNITS = {
    **{"_bps": "basis points", "_seconds": "seconds"},
    **dict.fromkeys(("quantity", "quantity_left", "quantity_step", "pledged"), "contracts"),
    **dict.fromkeys(("price", "mark", "jumped_to"), "the asset, per contract"),
    **dict.fromkeys(("_rate", "_ratio", "cut"), ""),
    **dict.fromkeys(("_share", "copay", "level", "min_presence", "min_answers"), ""),
    **dict.fromkeys(("_factor", "kink", "unused", "used_up", "leverage"), ""),
    **dict.fromkeys(("shares", "shares_left", "supply", "leaving"), ""),
}


def unit_of(name: str) -> str | None:
    """What a number of this name is in; None: nobody said."""
    if name in AMOUNTS:
        return "the asset"
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
