"""What the house does not do, each as a question to a module's syntax tree: the answer is the lines that do it."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent.parent
APPS = ("backstop", "accounts", "auctions")
CLOCK_READS = {"timezone.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "Now"}
LOCKING = re.compile("pg_(try_)?advisory|FOR (NO KEY )?UPDATE|LOCK TABLE")
OPENERS = ("atomic", "set_autocommit", ".transaction", "transaction.commit", "transaction.rollback")


@dataclass(frozen=True)
class Ban:
    """One ban: who breaks it, and which modules may (by the beginning of their path in the house)."""

    breaks: Callable[[ast.AST], bool]
    but: tuple[str, ...] = ()

    def lines(self, source: str) -> list[int]:
        return [getattr(node, "lineno", 0) for node in ast.walk(ast.parse(source)) if self.breaks(node)]

    def holds_for(self, path: str) -> bool:
        return not path.startswith(self.but) if self.but else True


def modules() -> Iterator[tuple[str, str]]:
    """Every module of the house but its migrations: path and source."""
    for app in APPS:
        for path in sorted((HOUSE / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(HOUSE)), path.read_text()


def _called(node: ast.AST) -> str:
    """The last two names of what is called: `transaction.atomic` for django.db.transaction.atomic(...)."""
    if not isinstance(node, ast.Call):
        return ""
    return ".".join(ast.unparse(node.func).split(".")[-2:])


def _reads_a_clock(node: ast.AST) -> bool:
    return _called(node) in CLOCK_READS


def _locks(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return _called(node).endswith("select_for_update") or (is_text and bool(LOCKING.search(node.value)))  # type: ignore[attr-defined]


def _opens_a_transaction(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return _called(node).endswith(OPENERS) or any(ast.unparse(each).endswith("atomic") for each in decorators)


def _uses_signals(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        named = {alias.name for alias in node.names}
        return module.endswith("signals") or module == "django.dispatch" or "signals" in named
    return isinstance(node, ast.Import) and any(alias.name.endswith("signals") for alias in node.names)


def _stamps_by_itself(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}


def _assigns_state(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return isinstance(node, ast.Assign | ast.AugAssign) and any(
        isinstance(each, ast.Attribute) and each.attr == "state" for each in targets
    )


def _overrides_saving(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "save" and _first_is_self(node)


def _first_is_self(node: ast.FunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "self"


def _lists_what_it_saves(node: ast.AST) -> bool:
    called = _called(node)
    if not called.endswith(("save", "bulk_update")):
        return False
    return called.endswith("bulk_update") or any(word.arg == "update_fields" for word in node.keywords)  # type: ignore[attr-defined]


def _chooses_a_database(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "replica" for alias in node.names)
    return _called(node).endswith(".using") or (isinstance(node, ast.keyword) and node.arg == "using")


def _counts_by_group(node: ast.AST) -> bool:
    """Whether a group is used as it is: related ones count as one, and a cluster's name is what `of` answers."""
    if isinstance(node, ast.Call):
        used = [*node.args, *(word.value for word in node.keywords)] if not _called(node).endswith(_ASKING) else []
    elif isinstance(node, ast.SetComp | ast.ListComp | ast.GeneratorExp):
        used = [node.elt]
    elif isinstance(node, ast.DictComp | ast.Subscript):
        used = [node.key if isinstance(node, ast.DictComp) else node.slice]
    else:
        used = []
    return any(isinstance(each, ast.Attribute) and each.attr == "group_id" for each in used)


def _asks_for_its_cluster(node: ast.AST) -> bool:
    """Whether a loss event's cluster is looked up: what that was as it opened are its groups, clusters, party."""
    return isinstance(node, ast.Attribute) and node.attr == "cluster_id"


def _orders_by_id(node: ast.AST) -> bool:
    """Whether rows come in the order of their ids, which are random: nobody is to be served by chance."""
    asked = node.args if isinstance(node, ast.Call) and _called(node).endswith("order_by") else []
    return any(isinstance(each, ast.Constant) and str(each.value).lstrip("-") in {"id", "pk"} for each in asked)


_ASKING = ("clusters.of", "clusters.members", "Candidate", "StandingOffer")


def _prints(node: ast.AST) -> bool:
    return _called(node) == "print"


SHOWING = tuple(f"{app}/{edge}/" for app in APPS for edge in ("api", "admin"))
COMMANDS = ("backstop/management/", "accounts/management/", "auctions/management/")
BANS = {
    "domain time is read from backstop.clock alone": Ban(
        _reads_a_clock,
        but=("backstop/clock.py", "backstop/stack/", "backstop/client/", "auctions/simulation/", *COMMANDS),
    ),
    # The second locks before there is anything of the product.
    "what is locked is locked in order, by backstop.locks": Ban(
        _locks, but=("backstop/locks.py", "backstop/migrating.py")
    ),
    "transactions are opened in backstop.transactions alone": Ban(
        _opens_a_transaction,
        # The second reads, and could not write; the third is before the product.
        but=("backstop/transactions.py", "backstop/replica.py", "backstop/migrating.py"),
    ),
    "a database is chosen where something is shown": Ban(
        _chooses_a_database,
        but=("backstop/replica.py", "backstop/queries.py", "accounts/queries/showing.py", *SHOWING),
    ),
    "nothing happens by signal": Ban(_uses_signals, but=("backstop/config/celery.py",)),
    "no field stamps itself": Ban(_stamps_by_itself),
    "only move_to assigns a state": Ban(_assigns_state, but=("backstop/models/base.py",)),
    "promises are constraints, not overridden save methods": Ban(_overrides_saving),
    "rows are changed by save_changes, which knows what changed": Ban(_lists_what_it_saves),
    "nobody is served by random id": Ban(
        _orders_by_id,
        # Locks are taken by id, the outbox counts, all venues beat alike, and what is shown needs an order.
        but=(
            *("backstop/locks.py", "backstop/queries.py", "auctions/operations/sweeps/beat_venues.py"),
            *("auctions/queries/showing.py", "auctions/queries/chains.py", *SHOWING, *COMMANDS),
            "auctions/queries/reports/",
            "auctions/queries/under_way.py",
            *("accounts/queries/concentration.py", "auctions/queries/standby.py"),  # events, and free collateral, count
        ),
    ),
    "groups are counted by cluster": Ban(_counts_by_group, but=("auctions/admin/",)),
    "a loss event is of whom it was of as it opened": Ban(
        _asks_for_its_cluster, but=("accounts/models/losses.py", "accounts/desks/losses.py")
    ),
    "processes log, they do not print": Ban(_prints),
}
