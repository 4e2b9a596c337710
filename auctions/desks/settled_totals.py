"""What a provider's settled awards of one auction come to together, so that they are rounded together."""

from collections.abc import Sequence
from uuid import UUID

from auctions.models import Award, SettledTotal
from auctions.rules.settlement import ExactFlows, Flows, flows_after
from backstop.models.base import save_changes


class SettledTotals:
    """The totals that the awards of one batch go into; their books are locked."""

    def __init__(self, awards: Sequence[Award]) -> None:
        rows = SettledTotal.objects.filter(step__in={award.step_id for award in awards})
        self.rows: dict[tuple[UUID, UUID | None], SettledTotal] = {(row.step_id, row.provider_id): row for row in rows}
        self.new: list[SettledTotal] = []

    def settle(self, award: Award, exact: ExactFlows, scale: int) -> Flows:
        """Count the award in; what it moves after those before it."""
        whose = award.step_id, award.provider_id
        if whose not in self.rows:
            self.rows[whose] = SettledTotal(step_id=award.step_id, provider_id=award.provider_id)
            self.new.append(self.rows[whose])
        row = self.rows[whose]
        flows = flows_after(row.exact, exact, scale)
        row.add(exact)
        return flows

    def write(self) -> None:
        """Write the totals."""
        SettledTotal.objects.bulk_create(self.new)
        save_changes(self.rows.values())
