"""How many units a take may be of, so that nothing is left that is too little to be taken.

Pure; the database keeps the same promise by the constraint `auction_no_dust_but_cut`.
"""

Sizes = tuple[tuple[int, int], ...]


def valid_sizes(units_left: int, min_take_units: int) -> Sizes:
    """The runs of valid sizes of a take, each with its first and last: from the minimum (>= 1) up to what leaves the
    minimum, or else everything that is left (>= 1), be it less than the minimum."""
    most = units_left - min_take_units
    if most < min_take_units:
        return ((units_left, units_left),)
    if most == units_left - 1:
        return ((min_take_units, units_left),)
    return (min_take_units, most), (units_left, units_left)


def take_size(units_wanted: int, units_left: int, min_take_units: int) -> int:
    """The largest valid size that is not above what is wanted; zero where there is none."""
    sizes = valid_sizes(units_left, min_take_units)
    return max((min(units_wanted, last) for first, last in sizes if first <= units_wanted), default=0)
