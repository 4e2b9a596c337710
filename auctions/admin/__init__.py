"""The admin's pages of the market itself."""

from auctions.admin import auctions, books, caps, inventory, playbooks, settlements

__all__ = ["auctions", "books", "caps", "inventory", "playbooks", "settlements"]
