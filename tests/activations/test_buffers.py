import gc

import torch
from torch import nn

from explorer.activations import buffers as memory
from explorer.activations import record


def test_memory_is_used_again_and_never_while_somebody_holds_it():
    model, batch = nn.Conv2d(3, 8, 3), torch.rand(1, 3, 60, 60)
    gc.collect()  # other tests' tracebacks may hold blocks, and must not give them back in between
    held = record(model, batch)[0].output
    before = held.clone()
    addresses = set()
    for _ in range(5):
        later = record(model, torch.rand(1, 3, 60, 60))[0].output
        assert later.data_ptr() != held.data_ptr()
        addresses.add(later.data_ptr())
        del later
    assert torch.equal(held, before)
    assert len(addresses) == 1
    assert sum(len(pool) for pool in memory._free.values()) >= 1


def test_a_copy_keeps_layout_dtype_and_values_of_any_tensor():
    arena = memory.Arena()
    for tensor in (
        torch.rand(1, 3, 5, 7),
        torch.rand(1, 4, 6, 6).to(memory_format=torch.channels_last),
        torch.rand(5, 1)[:, :0],
        torch.arange(7),
        torch.rand(3).double(),
        torch.rand(5_000_000),
    ):
        copied = arena.copy(tensor)
        assert torch.equal(copied, tensor)
        assert copied.stride() == tensor.stride()
        assert copied.dtype == tensor.dtype
        assert copied.data_ptr() != tensor.data_ptr() or not tensor.numel()


def test_a_sparse_tensor_is_kept_with_its_zeros():
    numbers = torch.tensor([[0.0, 2.0, 0.0], [0.5, 0.0, 0.0]])
    assert torch.equal(memory.Arena().copy(numbers.to_sparse()), numbers)
