"""The table that the browser's arithmetic is tested against says what torch and Python's arithmetic say."""

import json

from tests.arithmetic.table import TABLE, rows


def test_the_table_is_what_torch_and_the_arithmetic_say():
    kept = json.loads(TABLE.read_text("utf-8"))
    assert len(kept) == 700
    assert kept == rows(), "write it anew with `python -m tests.arithmetic.table`"


def test_the_table_agrees_with_torch_in_every_row():
    kept = json.loads(TABLE.read_text("utf-8"))
    assert sum(each["length"] is None for each in kept) > 100
    for each in kept:
        assert (each["length"] is None) == (each["refusal"] is not None), each
        if each["length"] is not None:
            assert len(each["taps"]) == each["length"]
            assert each["formula"].endswith(f"= {each['length']}")
