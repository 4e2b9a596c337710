"""What risk sharing comes to in figures that somebody made up, as a document is answered by one."""

from collections.abc import Callable, Mapping
from typing import Final

from auctions.offline.calculator import Calculation
from auctions.offline.inputs import Node
from auctions.offline.simulate import allocation, cover, shares, waterfall

SIMULATIONS: Final[Mapping[str, Callable[[Node], Calculation]]] = {
    "waterfall": waterfall.calculate,
    "cover": cover.calculate,
    "shares": shares.calculate,
    "allocation": allocation.calculate,
}
