"""The records of operations: each is of a function that torch has, and says enough of it."""

import textwrap
from pathlib import Path

import torch
from torch.nn import functional

from explorer.activations.operations.registry import ALIASES, OPERATIONS, operation_called

NAMESPACES = (torch, functional, torch.Tensor)
OF_NO_FUNCTION = {"identity", "constant", "requires_grad"}  # what modules do without one, and an attribute
OF_ANOTHER_NAME = {f"adaptive_max_pool{axes}d_with_indices" for axes in (1, 2, 3)}


def test_every_record_is_found_by_its_name_and_is_of_a_torch_function():
    assert len(OPERATIONS) > 100
    for name, record in OPERATIONS.items():
        assert record.name == name
        assert operation_called(name) is record
        known = any(hasattr(space, name) for space in NAMESPACES) or hasattr(torch.Tensor, f"__{name}__")
        known = known or hasattr(torch.linalg, name.removeprefix("linalg_"))
        assert known or name in OF_NO_FUNCTION | OF_ANOTHER_NAME, name
    for other, name in ALIASES.items():
        assert other not in OPERATIONS
        assert name in OPERATIONS


def test_what_has_no_record_has_no_rules():
    record = operation_called("fft_fft2")
    assert (record.receipt, record.field, record.bend, record.moves) == (None, None, None, False)


def test_a_record_is_whole():
    """What opens has a field too, or the box of what it opens would be the whole picture; and says how it bends."""
    for record in OPERATIONS.values():
        if record.receipt is not None:
            assert record.field is not None, record.name
        if record.look is not None:
            assert record.receipt is not None, record.name
        assert (record.windows is None) or record.window_kind is not None, record.name
        if record.window_words:
            assert record.look is not None, record.name
        assert not (record.moves and record.receipt), record.name
        assert set(record.reads) <= {one.lstrip("*") for one in record.arguments} or record.moves, record.name


def test_the_example_in_the_guide_is_the_record_as_it_stands():
    root = Path(__file__).parents[3]
    guide = (root / "CONTRIBUTING.md").read_text("utf-8")
    example = textwrap.dedent(guide.partition("```python\n")[2].partition("  ```")[0])
    source = (root / "explorer/activations/operations/softmax.py").read_text("utf-8")
    assert 'name="log_softmax"' in example
    assert example in source
