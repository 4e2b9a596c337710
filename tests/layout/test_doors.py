"""Every operation has a door: somebody outside the house, or its clock, can have it carried out."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from django.db.models import Model

import auctions.api.urls  # noqa: F401  imports every operation that has an address
from accounts.desks.approvals import BY_TWO
from accounts.models import Member
from auctions.tasks import STAGES
from backstop.models.base import Row
from backstop.values.arguments import FieldsOf
from tests.layout.bans import HOUSE, modules

# What programs and commands do for themselves: no person's deed.
OF_PROGRAMS = {
    "audit": "`manage.py audit`",
    "forget_answers": "the relay, day by day",
    "forget_messages": "the courier, day by day",
    "forget_marks": "the relay, hour by hour",
    "grant_rights": "`manage.py migrate`",
    "install_functions": "`manage.py migrate`",
    "lease_mails": "the postman",
    "lease_messages": "the courier",
    "publish_events": "the relay",
    "queue_messages": "the courier",
    "record_mails": "the postman",
    "record_messages": "the courier",
    "rewrap_key": "`manage.py rotate_sealing_keys`",
    "rewrap_webhook_secret": "`manage.py rotate_sealing_keys`",
    "set_settings": "`manage.py migrate`",
}
# What people have done by one edge only, and why not by the other.
_HOUSE_BIDS_FOR_NOBODY = "the house neither bids nor takes for anybody"
_OWN_NOTICE = "a provider's own word, which takes nothing from what it is obliged for"
WITHOUT_ACTION = {
    "allocate_cash": "the accounts and what they gained come from the venue's engine; nobody types them",
    "allocate_positions": "the accounts and what they hold come from the venue's engine; nobody types them",
    "answer_claim": "an insurer's own word",
    "cure_margin_call": "an insurer's own money",
    "dispute_claim": "an insurer's own word",
    "cancel_bid": _HOUSE_BIDS_FOR_NOBODY,
    "cancel_bids": _HOUSE_BIDS_FOR_NOBODY,
    "declare_readiness": _HOUSE_BIDS_FOR_NOBODY,
    "draft_cover": "a contract is written where its parties' programs are; nobody types one",
    "foresee_books": "what would become of a book is asked by who would send it",
    "leave_guarantee": _OWN_NOTICE,
    "open_drill": "a drill's book is sent by the venue's engine, as any other",
    "place_bids": _HOUSE_BIDS_FOR_NOBODY,
    "quote_take": _HOUSE_BIDS_FOR_NOBODY,
    "receive_books": "a book is frozen and counted by the venue's engine; nobody types one",
    "reconfirm_bid": _HOUSE_BIDS_FOR_NOBODY,
    "reconfirm_bids": _HOUSE_BIDS_FOR_NOBODY,
    "reconfirm_readiness": _HOUSE_BIDS_FOR_NOBODY,
    "rejoin_guarantee": _OWN_NOTICE,
    "rotate_key": "who has the key goes over to another; nobody does that for it",
    "report_conditions": "how a market is, measured by the venue's engine; nobody types it",
    "report_exposure": "equity and requirement, counted by the venue's engine; nobody types them",
    "report_holdings": "all that a provider holds, counted by the venue's engine; nobody types it",
    "set_cancel_switch": _HOUSE_BIDS_FOR_NOBODY,
    "sign_cover": "who has a key signs by it; nobody does that for it",
    "set_marks": "a batch of a source's; by hand one is set, by `set_mark_by_hand`",
    "take_lot_over": _HOUSE_BIDS_FOR_NOBODY,
    "take_units": _HOUSE_BIDS_FOR_NOBODY,
}
_OF_THE_BOARD = "people look after what the board tells people; programs are told by events"
WITHOUT_ADDRESS = {
    "acknowledge_alert": _OF_THE_BOARD,
    "add_alert_rule": _OF_THE_BOARD,
    "retire_alert_rule": _OF_THE_BOARD,
    "collect_key": "who has no key yet can send none",
    "grant_key": "a key that made keys would outlive its own revocation",
    "issue_key": "a key that made keys would outlive its own revocation",
    "register_key": "who has no key yet can send none",
    "restrict_key": "keys are looked after where they are issued",
    "revoke_key": "keys are looked after where they are issued",
    "set_member": "users are of the admin, and named there",
}
# What a person does alone, whatever the venue's limits are, and why.
_TAKES_PART_LATER = "who is not approved takes no part"
_OWN_OFFER = "a provider's own offer, held for by its collateral"
_FEED = "a feed of the venue's engine, judged by rules as it comes"
_OWN_EAR = "who hears what it may read anyway; nothing moves by it"
ALONE = {
    "acknowledge_alert": "somebody's own word; nothing moves by it",
    "add_alert_rule": "who is told of what; nothing moves by it",
    "retire_alert_rule": "who is told of what; nothing moves by it, and the board shows it all the same",
    "add_webhook": _OWN_EAR,
    "change_webhook": _OWN_EAR,
    "redeliver_message": _OWN_EAR,
    "remove_webhook": _OWN_EAR,
    "rotate_webhook_secret": _OWN_EAR,
    "send_test_message": _OWN_EAR,
    "accept_terms": _TAKES_PART_LATER,
    "answer_claim": "an insurer pays what it signed for",
    "cure_margin_call": "an insurer's own money, which it is owed",
    "dispute_claim": "nothing but an arbiter's time, which ends by itself",
    "decide_claim": "an arbiter is neither party, and nobody may lean on it",
    "apply_as_provider": _TAKES_PART_LATER,
    "confirm_fill": "two persons allocated it, and what of it an account gives is a fact",
    "refuse_fill": "two persons allocated it, and what of it an account gives is a fact",
    "cancel_bid": _OWN_OFFER,
    "cancel_bids": _OWN_OFFER,
    "collect_key": "two persons granted it, and neither is who collects it",
    "confirm_approval": "it is what the second person does",
    "confirm_default": "it is what a second person does, always",
    "contest_fault": "a provider's own word",
    "create_group": "a name, which nobody belongs to yet",
    "decide_fault": "an arbiter is neither party, and nobody may lean on it",
    "declare_default": "nothing but withdrawals stop until another person confirms it",
    "declare_readiness": _OWN_OFFER,
    "draft_cover": "it binds nobody until every party signed it, and then two persons activate it",
    "give_notice": "nobody owes anything that it did not before",
    "foresee_books": "nothing comes of it",
    "issue_key": "a venue's counts as whoever issued it, too; nobody issues himself one that acts for a provider",
    "leave_guarantee": _OWN_NOTICE,
    "open_drill": "nothing of it is real",
    "place_bids": _OWN_OFFER,
    "quote_take": _OWN_OFFER,
    "receive_books": "a liquidation waits for nobody",
    "reconfirm_bid": _OWN_OFFER,
    "reconfirm_bids": _OWN_OFFER,
    "reconfirm_readiness": _OWN_OFFER,
    "register_key": "two persons granted it, and neither is who collects it",
    "rejoin_guarantee": _OWN_NOTICE,
    "report_conditions": _FEED,
    "report_exposure": _FEED,
    "report_holdings": _FEED,
    "restrict_key": "nobody is given more",
    "retry_book": "sweeps do what they would do a little later, by their rules",
    "revoke_key": "it protects, at once",
    "rotate_key": "the same holder's, for no more than before, and it falls with the key that made it",
    "set_cancel_switch": _OWN_OFFER,
    "rate_provider": "what an agency says, by name; nothing moves by it",
    "set_marks": _FEED,
    "sign_cover": "a party's own signature, by its own key",
    "suspend_commitment": "it protects, at once",
    "take_lot_over": _OWN_OFFER,
    "take_units": _OWN_OFFER,
    "withdraw_approval": "nothing happens then",
    "withdraw_commitment": "it ends after its notice, and takes nothing from anybody",
}
PROGRAMS = ("commands", "tasks.py", "clock_rounds.py", "courier.py", "postman.py")
SWEEPS = HOUSE / "auctions" / "operations" / "sweeps"
BESIDE = {"park_row", "note_rounds", "beat_venues"}  # what happens to a row that a sweep fails on; who sweeps
TESTS = HOUSE / "tests" / "operations"


def decorated(source: str, decorator: str) -> list[str]:
    """The functions of a module that stand under this decorator."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [
        function.name
        for function in functions
        if any(ast.unparse(each).split(".")[-1] == decorator for each in function.decorator_list)
    ]


def used(source: str) -> set[str]:
    """The names that a module calls or hands on; importing one is not using it."""
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    return names - set(decorated(source, "operation"))


def operations() -> Iterator[tuple[str, str]]:
    """Every operation: the path of its module, and its name."""
    for path, source in modules():
        for name in decorated(source, "operation"):
            yield path, name


def opened_by(*edges: str) -> set[str]:
    """What modules use that stand in one of these folders, or are one of these files."""
    return set().union(*(used(source) for path, source in modules() if set(edges) & set(PurePath(path).parts)))


def of_people() -> set[str]:
    swept = "auctions/operations/sweeps/"
    return {name for path, name in operations() if not path.startswith(swept)} - OF_PROGRAMS.keys()


def test_whatever_people_do_has_an_address() -> None:
    assert of_people() - opened_by("api") == WITHOUT_ADDRESS.keys()


def test_whatever_people_do_has_an_action_of_the_admin() -> None:
    assert of_people() - opened_by("admin") == WITHOUT_ACTION.keys()


def test_whatever_moves_money_or_risk_may_need_two_persons() -> None:
    assert of_people() - BY_TWO.keys() == ALONE.keys()
    assert not ALONE.keys() & BY_TWO.keys()


def test_what_is_asked_for_can_be_read_when_it_is_confirmed() -> None:
    """A row is written as its id: only one that is never deleted is there still, whenever that is."""
    hints = {
        f"{name}: {argument}": hint
        for name, function in BY_TWO.items()
        for argument, hint in get_type_hints(function, include_extras=True).items()
        if argument != "return"
    }
    assert hints
    assert {name: hint for name, hint in hints.items() if not _readable(hint)} == {}
    assert not _readable(Member)
    assert not _readable(set[str])


def _readable(hint: Any) -> bool:
    kind, of = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        return len(of) == 2 and NoneType in of and all(each is NoneType or _readable(each) for each in of)
    if kind is Annotated:
        return isinstance(of[1], FieldsOf) and _readable(of[1].kind)
    if kind in (tuple, Sequence, Mapping):
        return _readable(of[-1] if kind is Mapping else of[0])
    if kind is Any:  # as JSON has it
        return True
    if is_dataclass(kind):
        return all(map(_readable, get_type_hints(kind).values()))
    if issubclass(kind, Model):
        return issubclass(kind, Row) and not getattr(kind, "rows_go", False)
    return kind in (bool, int, str, Decimal, UUID, datetime, time) or issubclass(kind, Enum)


def test_whoever_asks_over_http_is_told_that_it_waits() -> None:
    """`View.write` would answer an approval as if all were done."""
    written = {
        node.args[1].id
        for path, source in modules()
        if "api" in PurePath(path).parts
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "self.write" and isinstance(node.args[1], ast.Name)
    }
    assert {"create_group", "place_bids"} & written
    assert written & BY_TWO.keys() == set()


def test_what_programs_do_is_done_by_one() -> None:
    assert OF_PROGRAMS.keys() | BESIDE <= opened_by(*PROGRAMS) & {name for _, name in operations()}


def test_a_file_of_operations_holds_the_one_that_it_is_named_for() -> None:
    files = {
        path: decorated(source, "operation")
        for path, source in modules()
        if "operations" in PurePath(path).parts and PurePath(path).name != "__init__.py"
    }
    assert files
    assert {path: names for path, names in files.items() if names != [PurePath(path).stem]} == {}


def test_every_file_of_operations_has_a_file_of_tests_by_its_name() -> None:
    named = {name for path, name in operations() if "operations" in PurePath(path).parts}
    tested = {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")}
    assert named
    assert named - tested == set()


def test_operations_are_files_of_operations() -> None:
    assert [path for path, _ in operations() if "operations" not in PurePath(path).parts] == []


def test_every_operation_is_told_by_name_what_it_is_given() -> None:
    functions = {
        f"{path}:{node.name}": node.args
        for path, source in modules()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name in decorated(source, "operation")
    }
    assert functions
    assert [name for name, args in functions.items() if args.args or args.posonlyargs or args.vararg] == []


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [name for _, name in operations()]
    assert sorted(names) == sorted(set(names))


def test_every_sweep_is_a_stage_by_its_own_name_and_every_stage_a_sweep() -> None:
    sweeps = {path.stem for path in SWEEPS.glob("*.py")} - {"__init__", *BESIDE}
    assert sweeps == STAGES.keys() == {stage.operation.__name__ for stage in STAGES.values()}
    assert {name: stage.operation.__name__ for name, stage in STAGES.items()} == {name: name for name in STAGES}


def test_what_only_imports_or_defines_an_operation_is_no_door() -> None:
    assert "fund_venue" not in used("from accounts.operations.collateral.fund_venue import fund_venue")
    assert "fund_venue" not in used("@operation\ndef fund_venue(): ...")
    assert {"fund_venue"} <= used("perform(fund_venue, amount=1)") & used("deed = lambda row: fund_venue(row)")
