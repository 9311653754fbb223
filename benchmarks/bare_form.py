"""The peer that the page is measured beside: a bare `gr.Interface`, as tutorials write it, with matplotlib.

`python benchmarks/bare_form.py label|maps PORT` serves it. It uses the same checkpoint as the page.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import gradio as gr
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import torch

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from explorer.predict import Classifier

classifier = Classifier.load(ROOT / "checkpoints" / "products.safetensors")


def label(image: npt.NDArray[np.uint8]) -> dict[str, float]:
    """The five likeliest labels."""
    return {prediction.label: prediction.probability for prediction in classifier.top_k(image, 5)}


def maps(image: npt.NDArray[np.uint8]) -> Figure:
    """The first 64 maps of the first layer that has as many, as an 8 × 8 figure."""
    kept: list[torch.Tensor] = []
    layer = next(m for m in classifier.model.modules() if getattr(m, "out_channels", 0) >= 64)
    hook = layer.register_forward_hook(lambda _module, _inputs, output: kept.append(output.detach()))
    with torch.inference_mode():
        classifier.model(classifier.preprocessing(image))
    hook.remove()
    figure, axes = plt.subplots(8, 8, figsize=(10, 10))
    for axis, feature_map in zip(axes.flat, kept[0][0, :64], strict=True):
        axis.imshow(feature_map, cmap="viridis")
        axis.axis("off")
    plt.close(figure)
    return figure


if __name__ == "__main__":
    kind, port = sys.argv[1], int(sys.argv[2])
    output = gr.Label() if kind == "label" else gr.Plot()
    form = gr.Interface(label if kind == "label" else maps, gr.Image(), output, flagging_mode="never", live=False)
    form.launch(server_port=port, quiet=True)
