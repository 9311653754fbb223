"""The table that the browser's arithmetic is tested with says what torch says, and what `explorer.filters` says."""

import json

import numpy as np

from explorer.filters import apply
from tests.filters.table import TABLE, table


def test_the_table_is_what_torch_and_ours_compute():
    stored, fresh = json.loads(TABLE.read_text("utf-8")), table()
    image = np.array(fresh["image"], np.uint8)
    assert stored["image"] == fresh["image"]
    stored, fresh = stored["cases"], fresh["cases"]
    assert len(stored) == len(fresh) > 150
    assert {case["answer"] is None for case in fresh} == {True, False}
    for old, new in zip(stored, fresh, strict=True):
        assert {**old, "answer": None} == {**new, "answer": None}
        if new["answer"] is None:
            assert old["answer"] is None
            continue
        np.testing.assert_allclose(old["answer"], new["answer"], rtol=0, atol=1e-6)
        kernel = np.array(new["kernel"])
        ours = apply(image, kernel if len(kernel) == 3 else kernel[0], bias=0.25, **new["settings"])
        np.testing.assert_allclose(ours, new["answer"], rtol=0, atol=1e-4 * max(1, np.abs(kernel).sum()))
