"""/v1/collateral, /v1/contributions, /v1/fund, /v1/fees: the venue moves money in and out, and what it earned into its
fund."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.collateral import (
    CollateralInput,
    CollateralOutput,
    ContributionInput,
    FeesInput,
    FundInput,
    FundOutput,
)
from accounts.models import Approval, Transfer
from accounts.operations.collateral.collect_fees import collect_fees
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.collateral.move_contribution import move_contribution


class _Moving(DeedView):
    """What is sent is what is done, and with the transfer's id and instant what is answered."""

    def move(
        self,
        taken: type[BaseSerializer[Any]],
        shown: type[BaseSerializer[Any]],
        operation: Callable[..., Transfer | Approval],
    ) -> Response:
        sent = self.body(taken)

        def answer(transfer: Transfer) -> dict[str, object]:
            return dict(shown({**sent, "id": transfer.id, "created_at": transfer.created_at}).data)

        return self.carry_out(answer, operation, 201, **sent)


class Collateral(_Moving):
    scope = "collateral"

    @extend_schema(operation_id="moveCollateral", request=CollateralInput, responses={201: CollateralOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Put collateral in for a provider, or with an amount below zero take it out; once for each reference."""
        return self.move(CollateralInput, CollateralOutput, move_collateral)


class Contributions(_Moving):
    scope = "collateral"

    @extend_schema(
        operation_id="moveContribution", request=ContributionInput, responses={201: CollateralOutput, **PENDING}
    )
    def post(self, request: Request) -> Response:
        """Pay in what a provider contributes to the guarantee, or below zero pay it out; once for each reference. While
        a loss event is not final that it is obliged for, nothing goes out."""
        return self.move(ContributionInput, CollateralOutput, move_contribution)


class Fund(_Moving):
    scope = "fund"

    @extend_schema(operation_id="moveFund", request=FundInput, responses={201: FundOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Pay into the insurance fund or a tranche, or below zero out of it; once for each reference."""
        return self.move(FundInput, FundOutput, fund_venue)


class Fees(_Moving):
    scope = "fund"

    @extend_schema(operation_id="moveFees", request=FeesInput, responses={201: FundOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Move liquidation fees or penalties into the insurance fund, or a tranche; once for each reference."""
        return self.move(FeesInput, FundOutput, collect_fees)
