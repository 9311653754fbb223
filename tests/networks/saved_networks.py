"""Folders as timm and transformers write them, small, with random weights."""

import json
from pathlib import Path

import timm
import torch
import transformers
from torch import nn

LABELS = ("kurta", "saree", "watch")


def by_timm(folder: Path, name: str = "test_resnet", **arguments) -> nn.Module:
    torch.manual_seed(3)
    model = timm.create_model(name, num_classes=len(LABELS), **arguments).eval()
    stirred(model)
    timm.models.save_for_hf(model, folder, model_config={"label_names": list(LABELS)}, safe_serialization=True)
    return model


def by_transformers(folder: Path, processor=None) -> nn.Module:
    torch.manual_seed(4)
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", id2label=dict(enumerate(LABELS))
    )
    model = transformers.ResNetForImageClassification(config).eval()
    stirred(model)
    model.save_pretrained(folder)
    if processor is None:
        processor = transformers.ConvNextImageProcessor(size={"shortest_edge": 64}, crop_pct=0.8)
    processor.save_pretrained(folder)
    return model


def stirred(model: nn.Module) -> None:
    """Statistics that are not the ones a batch norm begins with."""
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)


def changed(path: Path, **entries) -> None:
    """Write other entries into a JSON file; None takes one out."""
    values = json.loads(path.read_text("utf-8"))
    values.update(entries)
    path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}), "utf-8")
