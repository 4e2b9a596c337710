"""Buckets of tokens: how often somebody may do something. See backstop/metering.py."""

from django.db import models


class Bucket(models.Model):
    """What is missing of a bucket, as the instant at which it is full again: without a row it is full.

    The table is unlogged: what is written costs no wait for a disk, and after a crash every bucket is full.
    """

    rows_go = True

    name = models.CharField(max_length=100, primary_key=True)
    full_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
