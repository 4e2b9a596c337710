"""The close of auctions: what there is to decide by, and what becomes of each."""
