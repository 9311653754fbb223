"""Several processes, started by `torchrun`: each takes its part of every batch, and DDP averages the gradients."""

import os
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from explorer.errors import ModelError


def rank() -> int:
    """Number of this process, 0 without torchrun."""
    return int(os.environ.get("RANK", "0"))


def world_size() -> int:
    """How many processes there are, 1 without torchrun."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def join(device: torch.device) -> None:
    """Takes the process's own GPU for all that asks for "the" GPU, and with torchrun meets the other processes."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if world_size() > 1 and not distributed.is_initialized():
        backend = "nccl" if device.type == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=timedelta(minutes=10))


def wait_for_all() -> None:
    """Until each process has come here, so that gloo's threads are done with all that Python holds.

    torch joins those threads with the interpreter's lock in hand: one that has still a tensor to give back would wait
    for that lock for ever.
    """
    if distributed.is_initialized():
        distributed.barrier()


def leave() -> None:
    """Parts from them."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def pick_device(name: str) -> torch.device:
    """The device that `--device` names; `auto` takes a GPU where there is one, and of several the process's own.

    Raises:
        ModelError: there is no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    try:
        torch.zeros(1, device=name).tolist()
        return torch.device(name)
    except (RuntimeError, AssertionError) as error:  # torch's own words may fill a page
        raise ModelError(f"There is no device {name!r} here; cpu, cuda where there is a GPU, or auto.") from error


def check_share(pictures: int) -> None:
    """Refuses batches that are too small for so many processes.

    Raises:
        ModelError: fewer pictures than processes.
    """
    if pictures < world_size():
        raise ModelError(f"{world_size()} processes cannot share batches of {pictures}; start fewer of them.")


def wrap(model: nn.Module) -> nn.Module:
    """The model, or around it DDP, which averages gradients over the processes."""
    return DistributedDataParallel(model) if world_size() > 1 else model


def without_averaging(model: nn.Module) -> AbstractContextManager[object]:
    """While gradients of small batches are still being added up."""
    return model.no_sync() if isinstance(model, DistributedDataParallel) else nullcontext()


def own_part(count: int) -> slice:
    """The part that this process takes of `count` examples; sizes differ by at most one."""
    return slice(count * rank() // world_size(), count * (rank() + 1) // world_size())


def from_first(value: float, device: torch.device) -> float:
    """The value that process 0 has, in all of them."""
    if world_size() == 1:
        return value
    shared = torch.tensor([value], dtype=torch.float64, device=device if device.type == "cuda" else None)
    distributed.broadcast(shared, 0)
    return float(shared)


def mean(value: float, device: torch.device) -> float:
    """Mean over the processes."""
    if world_size() == 1:
        return value
    shared = torch.tensor([value], dtype=torch.float64, device=device if device.type == "cuda" else None)
    distributed.all_reduce(shared)
    return float(shared) / world_size()
