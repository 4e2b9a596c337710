"""Margin calls: what accounts lack, and what came back of what insurers paid for it."""
