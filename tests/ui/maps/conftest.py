"""Tab 3's server functions on a small network of their own, and torch's own numbers beside them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.checkpoint import file as checkpoint
from explorer.models import build_model
from explorer.preprocessing import Preprocessing
from explorer.ui.maps.tab import FeatureMaps
from explorer.ui.networks.menu import Shelf
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs

SIZE = 33  # odd, so that halving is never exact
CLASSES = ("kurta", "saree", "<b>shoe</b>", "watch", "bag")


def network():
    torch.manual_seed(8)
    model = build_model("compact", num_classes=5)
    for name, parameter in model.named_parameters():
        if name.endswith("bn2.weight"):
            torch.nn.init.uniform_(parameter, 0.4, 1.0)
    return model.eval()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Shelf:
    folder = tmp_path_factory.mktemp("checkpoints")
    card = checkpoint.Card("compact", {"num_classes": 5, "in_channels": 3}, CLASSES, Preprocessing(size=SIZE))
    checkpoint.save(folder / "products.safetensors", network(), card)
    shelf = Shelf(folder, "cpu")
    shelf._warm_up()
    return shelf


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    y, x = np.mgrid[0:70, 0:90]
    return np.stack([x * 2, y * 3, (x * y) % 256], axis=2).astype(np.uint8)


@pytest.fixture
def tab(shelf, photo, tmp_path, monkeypatch):
    """The tab's functions with one photograph open; `tab.sheet` is what the page got first."""
    from explorer.ui.uploads import Photograph

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    store = Store(64_000_000, 600)
    token = store.put(Photograph(photo, "photo.png", 90, 70), photo.nbytes)
    maps = FeatureMaps(Photographs(store), shelf, store)
    maps.sheet = maps.open_network({"photo": token, "network": "products"})
    maps.token, maps.store = maps.sheet["token"], store
    return maps


@pytest.fixture
def truth(shelf, photo):
    """Every leaf's output by torch's own hooks, and the logits."""
    one = shelf.network("products")
    batch = one.preprocessing(photo)
    outputs = {}
    model = one.model
    handles = [
        module.register_forward_hook(lambda *call, name=name: outputs.update({name: call[2].clone()}))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    with torch.no_grad():
        outputs["logits"] = model(batch)
    for handle in handles:
        handle.remove()
    return outputs


def floats(path) -> np.ndarray:
    return np.frombuffer(Path(path).read_bytes(), "<f4")
