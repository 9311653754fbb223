"""What a killed run needs to go on as if nothing had happened: one safetensors file, written atomically each epoch.

Weights, the average, the optimiser's memory, and the history; the epoch's randomness follows from seed and epoch, so no
generator state is needed. No pickle.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as write_safetensors

from explorer.checkpoint.file import canonical_json, write_atomically
from explorer.errors import CheckpointError
from explorer.training.engine import Learner


def save_state(
    path: Path, learner: Learner, epochs_done: int, history: list[dict[str, Any]], run: dict[str, Any]
) -> None:
    """Writes everything; `run` describes the run, so that another one cannot be continued by mistake."""
    tensors = {f"model.{name}": tensor for name, tensor in learner.model.state_dict().items()}
    if learner.average:
        tensors |= {f"average.{name}": tensor for name, tensor in learner.average.model.state_dict().items()}
    for index, values in learner.optimiser.state_dict()["state"].items():
        tensors |= {
            f"optimiser.{index}.{name}": torch.as_tensor(value) for name, value in values.items() if value is not None
        }
    tensors |= {f"kept.{name}": tensor for name, tensor in learner.kept.items()}
    steps = learner.average.steps if learner.average else 0
    note = {"epochs_done": epochs_done, "history": history, "run": run, "average_steps": steps}
    payload = write_safetensors(
        {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()},
        {"state": canonical_json(note)},
    )
    write_atomically(path, payload)


def load_state(path: Path, learner: Learner, run: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Puts everything back.

    Returns:
        Epochs done, and the history.

    Raises:
        CheckpointError: damaged, or of a run with other options (the first difference is named).
    """
    try:
        with safe_open(path, "pt") as file:
            note = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}.") from error
    for key, value in json.loads(canonical_json(run)).items():
        if note["run"].get(key) != value:
            raise CheckpointError(
                f"{path} is of a run with {key}={note['run'].get(key)!r}, not {value!r}; it cannot go on so."
            )
    learner.model.load_state_dict(_under("model.", tensors))
    if learner.average:
        learner.average.model.load_state_dict(_under("average.", tensors))
        learner.average.steps = note["average_steps"]
    learner.kept = _under("kept.", tensors)
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in _under("optimiser.", tensors).items():
        index, _, field = name.partition(".")
        state.setdefault(int(index), {})[field] = tensor
    groups = learner.optimiser.state_dict()["param_groups"]
    learner.optimiser.load_state_dict({"state": state, "param_groups": groups})
    return int(note["epochs_done"]), list(note["history"])


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
