"""The board: one page of how the market is now, which its venue's people keep open."""
