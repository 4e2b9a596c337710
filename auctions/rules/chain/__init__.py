"""The chain of a book: what decided each of its steps, from intake to close, signed, each link naming the one before.

`links` says what stands in each, `writing` signs them, `steps` computes one again from what it says alone, and `whole`
a book's chain with its money.
"""
