"""Coverage levels in a column."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.rules.sharing.levels import Levels
from backstop.models.base import FrozenJSONField
from backstop.values.amounts import to_text
from backstop.values.frozen import FrozenDict


class LevelsField(FrozenJSONField):
    """Fractions by regime and bucket of ratings: a read-only mapping of mappings to `Decimal`."""

    _pyi_private_set_type: Levels | None
    _pyi_private_get_type: Levels | None

    def frozen(self, value: Mapping[str, Mapping[str, Decimal | str]]) -> Levels:
        return FrozenDict(
            {
                regime: FrozenDict({bucket: Decimal(each) for bucket, each in of_regime.items()})
                for regime, of_regime in value.items()
            }
        )

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(self.get_prep_value(value), model_instance)

    def value_to_string(self, obj: Any) -> Any:
        return self.get_prep_value(self.value_from_object(obj))

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {
            regime: {bucket: to_text(each) for bucket, each in of_regime.items()} for regime, of_regime in value.items()
        }
