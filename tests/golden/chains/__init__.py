"""Chains of books as the code of each version wrote and signed them: each verifies, for ever.

A folder is named by its place in time and by the commit that wrote it. What lies there is never changed. Where a link
changes, `auctions/rules/chain/writing.py` gets an edition and this a folder, written by
`python -m tests.golden.chains.written FOLDER`.

The first was written by markets in tests of its commit; the others are its chains, signed anew. The last is written
again by each test run.
"""
