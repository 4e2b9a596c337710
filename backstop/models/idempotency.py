"""Answers that were given, kept for seven days so that the same request gets the same one."""

from django.db import models

from backstop.models.base import FrozenJSONField, Row

IDEMPOTENCY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


class StoredAnswer(Row):
    """The answer to a request that succeeded."""

    rows_go = True
    secret_columns = ("key", "fingerprint", "answer")

    principal = models.CharField(max_length=64)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer = FrozenJSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "method", "path", "key"], name="stored_answer_request_unique")
        ]
        indexes = [models.Index(fields=["created_at"], name="stored_answer_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"
