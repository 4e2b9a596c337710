"""A plugin of mypy: arithmetic on Decimals stands in backstop/values alone, whatever their names.

Outside of it Python's own context is in force, which rounds to 28 digits without a word: even `-amount` and
`abs(amount)`.
"""

from collections.abc import Callable

from mypy.plugin import FunctionContext, MethodContext, Plugin
from mypy.types import Instance, Type, get_proper_type

DECIMAL = "decimal.Decimal"
TWO_SIDED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "divmod")
ROUNDING = {
    *(f"{DECIMAL}.__{side}{name}__" for name in TWO_SIDED for side in ("", "r")),
    *(f"{DECIMAL}.__{name}__" for name in ("neg", "pos", "abs", "round")),
    *(f"{DECIMAL}.{name}" for name in ("normalize", "quantize", "sqrt", "exp", "ln", "log10", "fma", "scaleb")),
}
FUNCTIONS = {"builtins.sum", "builtins.abs", "builtins.round"}
# Curves compute in a context of their own, and floor what they say; what the simulation reckons is nobody's money.
MESSAGE = "Arithmetic on Decimals rounds to 28 digits here: backstop.values has exact functions"
MAY = ("backstop/values/", "auctions/rules/curves/", "auctions/simulation/")


def _fail(context: FunctionContext | MethodContext) -> None:
    path = context.api.path
    if not any(each in path for each in MAY):
        context.api.fail(MESSAGE, context.context)


def _of_method(context: MethodContext) -> Type:
    said = dict(zip(context.callee_arg_names, context.args, strict=True))
    if not said.get("context"):  # a context that is named is an exact one
        _fail(context)
    return context.default_return_type


def _of_function(context: FunctionContext) -> Type:
    returned = get_proper_type(context.default_return_type)
    items = getattr(returned, "items", [returned])
    if any(isinstance(item := get_proper_type(one), Instance) and item.type.fullname == DECIMAL for one in items):
        _fail(context)
    return context.default_return_type


class ExactArithmetic(Plugin):
    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        return _of_method if fullname in ROUNDING else None

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return _of_function if fullname in FUNCTIONS else None


def plugin(version: str) -> type[Plugin]:
    return ExactArithmetic
