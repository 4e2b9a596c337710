"""How books, auctions, bids, awards and settlements are written in JSON, and what may be sent about them."""
