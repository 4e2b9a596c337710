"""Arithmetic on Decimals that rounds to the 28 digits of Python's own context is found by its types."""

from pathlib import Path

from mypy import api

PLUGIN = Path(__file__).with_name("exact_arithmetic.py")
HEAD = "from decimal import ROUND_DOWN, Context, Decimal\n\n"
DEF = "def f(a: Decimal, b: Decimal, several: list[Decimal], c: Context) -> Decimal:\n"
ROUNDS = ("a + b", "1 + a", "a - b", "a * 2", "a / b", "a // b", "-a", "+a", "abs(a)", "round(a, 2)", "sum(several)")
NAMED = ("a.normalize()", "a.quantize(b)", "a.quantize(b, ROUND_DOWN)", "a.scaleb(2)")
EXACT = ("a < b", "max(a, b)", "a.copy_abs()", "a.copy_negate()", "a.quantize(b, context=c)", "a.scaleb(2, context=c)")


def errors(folder: Path, *expressions: str) -> set[int]:
    """Which of these expressions are refused, by their places."""
    config = folder / "mypy.ini"
    config.write_text(f"[mypy]\nplugins = {PLUGIN}\n", encoding="utf-8")
    module = folder / "module.py"
    lines = [HEAD, DEF, *(f"    {expression}\n" for expression in expressions), "    return a\n"]
    module.write_text("".join(lines), encoding="utf-8")
    said, _, _ = api.run(["--config-file", str(config), "--cache-dir", str(folder), "--no-incremental", str(module)])
    first = (HEAD + DEF).count("\n") + 1
    return {int(line.split(":")[1]) - first for line in said.splitlines() if ": error:" in line}


def test_what_rounds_is_refused_and_what_is_exact_is_not(tmp_path: Path) -> None:
    asked = (*ROUNDS, *NAMED, *EXACT)
    assert {asked[place] for place in errors(tmp_path, *asked)} == {*ROUNDS, *NAMED}


def test_values_may_reckon(tmp_path: Path) -> None:
    folder = tmp_path / "backstop" / "values"
    folder.mkdir(parents=True)
    assert errors(folder, "a + b") == set()
