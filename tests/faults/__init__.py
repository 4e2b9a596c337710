"""Proof that nothing stops the market: a real one under load, and a saboteur. `make faults` runs it."""
