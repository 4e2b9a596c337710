"""/v1/groups: a venue's groups of firms, and which of them count as one."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.models import Group
from accounts.operations.people.create_group import create_group
from accounts.queries import list_groups, load_named_clusters
from auctions.api.serializers.groups import GroupInput, GroupOutput, RelationInput
from auctions.operations.operator.relate_groups import relate_groups
from backstop.api.views import ListView, RowView


class GroupsOfFirms(ListView):
    """The groups of providers, each with the cluster that counts as one wherever groups are counted."""

    scope = "providers"
    model = Group
    serializer_class = GroupOutput

    def listed(self) -> QuerySet[Group]:
        return list_groups(self.principal.venue.id)

    def get_serializer_context(self) -> dict[str, Any]:
        clusters = load_named_clusters(self.principal.venue.id, self.database)
        return {**super().get_serializer_context(), "clusters": clusters}

    @extend_schema(operation_id="createGroup", request=GroupInput, responses={201: GroupOutput})
    def post(self, request: Request) -> Response:
        """Name a group of firms, for providers to belong to."""
        sent = self.body(GroupInput)
        return Response(self.write(_shown, create_group, venue=self.principal.venue, **sent), 201)


class OneGroup(RowView):
    """One group, with the cluster that counts as one with it."""

    of = GroupsOfFirms


class Relations(DeedView):
    scope = "providers"

    @extend_schema(operation_id="relateGroups", request=RelationInput, responses={200: GroupOutput, **PENDING})
    def put(self, request: Request) -> Response:
        """Declare two groups related, or related no more; what they are already changes nothing. Open auctions know it
        at once: bids of those who may not take part any more are void."""
        sent = self.body(RelationInput)
        return self.carry_out(_shown, relate_groups, **sent)


def _shown(group: Group) -> Any:
    context = {"clusters": load_named_clusters(group.venue_id)}
    return GroupOutput(list_groups(group.venue_id).get(id=group.id), context=context).data
