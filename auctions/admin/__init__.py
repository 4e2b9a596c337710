"""The admin's pages of the market itself."""

from auctions.admin import auctions, books, inventory, playbooks, settlements

__all__ = ["auctions", "books", "inventory", "playbooks", "settlements"]
