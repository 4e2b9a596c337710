"""The database as Django is told of it: `ENGINE`."""
