"""The chain of a book: what decided each of its steps, from intake to close, signed, each link naming the one before.

`links` says what stands in each, `writing` signs them, `steps` computes one again from what it says alone, `course`
asks whether it comes then and goes by the playbook, and `whole` computes a book's chain with its money.
"""
