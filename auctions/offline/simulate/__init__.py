"""What risk sharing comes to in figures that somebody made up, as a document is answered by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Node
from auctions.offline.simulate import allocation, cover, shares, waterfall


@dataclass(frozen=True, slots=True)
class Simulation:
    """A calculation, what it says of itself, and a document that it answers."""

    calculate: Callable[[Node], Calculation]
    says: str
    example: str


SIMULATIONS: Final[Mapping[str, Simulation]] = {
    "waterfall": Simulation(waterfall.calculate, waterfall.SAYS, waterfall.EXAMPLE),
    "cover": Simulation(cover.calculate, cover.SAYS, cover.EXAMPLE),
    "shares": Simulation(shares.calculate, shares.SAYS, shares.EXAMPLE),
    "allocation": Simulation(allocation.calculate, allocation.SAYS, allocation.EXAMPLE),
}
