"""Mechanisms compared in one world, without a database: the same lots, marks and bidders for each of them."""
