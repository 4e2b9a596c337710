"""The admin's pages of the market itself: books, auctions, settlements and playbooks."""

from auctions.admin import auctions, books, playbooks, settlements

__all__ = ["auctions", "books", "playbooks", "settlements"]
