"""Groups of firms in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Group
from backstop.api.parsing import FlagField, IdField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class GroupInput(StrictSerializer):
    name = TextField(max_length=200)
    reason = TextField(max_length=MAX_REASON)


class RelationInput(StrictSerializer):
    group_id = IdField()
    other_id = IdField()
    related = FlagField(help_text="False: they are related no more.")
    reason = TextField(max_length=MAX_REASON)


class GroupOutput(serializers.ModelSerializer[Group]):
    """`related` are the groups that are declared related to it; `cluster` names all that count as one with it, itself
    included: those that are related through others too."""

    related: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    cluster = serializers.SerializerMethodField()

    class Meta:
        model = Group
        fields = ["id", "created_at", "name", "related", "cluster"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_cluster(self, group: Group) -> Any:
        return sorted(self.context["clusters"].members(group.name))
