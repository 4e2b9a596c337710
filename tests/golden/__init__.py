"""Transcripts and receipts of former versions, as their code wrote and signed them: each verifies, for ever.

A folder is named by its place in time and by the commit that wrote it. What lies there is never changed. Where the
format changes, `auctions/rules/editions.py` gets an edition and this a folder, written by
`python -m tests.golden.written FOLDER`.

The first was written by the rules alone, since no close wrote transcripts then; the next four by closes of markets in
tests of their commits. The last is written again by each test run.
"""
