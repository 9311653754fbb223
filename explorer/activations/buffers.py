"""Memory for recorded activations that is used again once nobody holds them.

Fresh memory is dear: the system hands it out page by page on first touch, which for the activations of a ResNet-50
can take as long as computing them. A copy into memory that was touched before takes a tenth of that. So outputs are
copied into blocks, and a block goes back to the pool by itself when the last tensor in it is gone. Blocks begin small,
so that a LeNet's activations do not hold 8 MiB. The pool keeps at most 108 MiB.
"""

import collections
import weakref

import numpy as np
import torch

BLOCK_BYTES = tuple(1 << power for power in range(20, 25))  # 1 MiB to 16 MiB
_USUAL = 3  # 8 MiB; the largest only where a layer needs it
_ALIGNMENT = 64  # bytes; what torch's own allocator gives

_free: dict[int, collections.deque[np.ndarray]] = {  # appends and pops of a deque are atomic: no lock
    size: collections.deque(maxlen=keep) for size, keep in zip(BLOCK_BYTES, (4, 4, 4, 6, 2), strict=True)
}


class Arena:
    """Copies tensors into pooled blocks, one after the other; one arena a recording, used by one thread."""

    def __init__(self) -> None:
        self._blocks: list[torch.Tensor] = []
        self._used: list[int] = []  # bytes of each
        self._numbers: dict[tuple[int, torch.dtype], torch.Tensor] = {}  # the blocks as numbers of each kind

    def copy(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy with the same values, shape and dtype, safe from whatever is later written into `tensor`.

        What does not fit a block (a layer of more than 16 MiB), or lies on a GPU, gets memory of its own. A sparse
        tensor's copy has all its numbers, the zeros too.
        """
        if tensor.layout is not torch.strided:
            tensor = tensor.detach().to_dense()
        size = tensor.nbytes
        if not tensor.is_cpu or not 0 < size <= BLOCK_BYTES[-1] or not tensor.is_contiguous() or tensor.is_quantized:
            return tensor.clone()
        at, start = self._place(size)
        self._used[at] = start + size
        block = self._numbers.get((at, tensor.dtype))
        if block is None:
            block = self._numbers[at, tensor.dtype] = self._blocks[at].view(tensor.dtype)
        # One call, where a slice, a view of its kind and one of its shape are three.
        return block.as_strided(tensor.shape, tensor.stride(), start // tensor.itemsize).copy_(tensor)

    def _place(self, size: int) -> tuple[int, int]:
        """The first block with room, and where in it; a new one if there is none."""
        for at, block in enumerate(self._blocks):
            start = -(-self._used[at] // _ALIGNMENT) * _ALIGNMENT
            if start + size <= block.numel():
                return at, start
        grown = BLOCK_BYTES[min(len(self._blocks) // 2, _USUAL)]
        self._blocks.append(_borrowed(next(fit for fit in BLOCK_BYTES if fit >= max(size, grown))))
        self._used.append(0)
        return len(self._blocks) - 1, 0


def _borrowed(size: int) -> torch.Tensor:
    """A block of `size` bytes from the pool; it returns there when nothing refers to it any more."""
    try:
        memory = _free[size].pop()
    except IndexError:
        memory = np.empty(size, dtype=np.uint8)
    loan = memory.view()
    weakref.finalize(loan, _free[size].append, memory).atexit = False
    return torch.from_numpy(loan)
