"""What a regulator, an auditor and a venue's board read: of one loss event, and of a quarter."""

from auctions.queries.reports.default import report_loss_event
from auctions.queries.reports.quarter import Quarter, report_quarter

__all__ = ["Quarter", "report_loss_event", "report_quarter"]
