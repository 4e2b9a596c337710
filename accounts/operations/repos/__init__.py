"""Repos: what insurers lent to funds is repaid before it has to be."""
