"""`explorer.show`: the page on a model of this very program."""

import subprocess
import sys
import types

import nbclient
import nbformat
import pytest
import torch
from gradio_client import Client, handle_file
from torch import nn

import explorer
from explorer.errors import CheckpointError, ExplorerError, ModelError
from explorer.image import open_upload
from explorer.preprocessing import Preprocessing
from explorer.settings import EXAMPLES, ROOT

WATCH = EXAMPLES / "05-watch.png"
SMALL = Preprocessing(size=24, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def small(classes=3):
    torch.manual_seed(6)
    layers = (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(*layers, nn.Linear(4, classes)).train()


@pytest.fixture
def shown():
    model = small()
    handle = explorer.show(model, classes=["red", "green", "blue"], preprocessing=SMALL)
    yield model, handle
    handle.close()


def answers(client, name):
    photo = handle_file(str(WATCH))
    classified = client.predict(photo, checkpoint=name, k=3, api_name="/classify")["top_k"]
    opened = client.predict(photo, network=name, channel=1, api_name="/open_unit")
    return {one["label"]: one["logit"] for one in classified}, opened


def logits(model):
    """What the model says, in evaluation mode, of the watch; its modes and statistics stay."""
    twin = small()
    twin.load_state_dict(model.state_dict())
    with torch.no_grad():
        return twin.eval()(SMALL(open_upload(WATCH)))[0].tolist()


def test_a_model_that_learns_is_seen_as_it_is_at_each_photograph_and_is_not_touched(shown):
    model, handle = shown
    client = Client(handle.url, verbose=False)
    for _ in range(3):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        given, opened = answers(client, handle.network)
        right = logits(model)
        assert [given[label] for label in ("red", "green", "blue")] == pytest.approx(right, abs=1e-6)
        assert opened["value"] == pytest.approx(right[1], abs=1e-6)
        assert opened["recomputed"] == pytest.approx(right[1], abs=1e-5)
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
        assert all(module.training for module in model.modules())
        optimiser = torch.optim.SGD(model.parameters(), 0.01)
        model(torch.randn(8, 3, 24, 24)).square().sum().backward()
        optimiser.step()
        assert logits(model) != right


def test_the_menu_opens_with_it(shown):
    _, handle = shown
    listed = Client(handle.url, verbose=False).predict(api_name="/networks")
    assert listed[0]["name"] == handle.network == "live/Sequential"
    assert listed[0]["group"] == "Live"
    names = [one["name"] for one in listed]
    assert {"products", "meesho", "torchvision/resnet18", "timm/resnet18.a1_in1k"} <= set(names)
    assert len(names) == len(set(names))
    assert all(one["note"] for one in listed)


def test_a_frame_shows_it_in_a_notebook_and_colab_gets_its_own(shown, monkeypatch):
    _, handle = shown
    assert f'<iframe src="{handle.url}"' in handle._repr_html_()
    frames = []
    output = types.SimpleNamespace(serve_kernel_port_as_iframe=lambda port, **more: frames.append((port, more)))
    colab = types.ModuleType("google.colab")
    colab.output = output
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    handle._ipython_display_()
    assert handle.url.rstrip("/").endswith(f":{frames[0][0]}")


def test_two_pages_in_one_program_do_not_empty_each_others_folder(shown):
    _, handle = shown
    client = Client(handle.url, verbose=False)
    before = answers(client, handle.network)
    other = explorer.show(small(2), preprocessing=SMALL)
    try:
        assert other.url != handle.url
        assert answers(client, handle.network) == before
        assert set(answers(Client(other.url, verbose=False), other.network)[0]) == {"class 0", "class 1"}
    finally:
        other.close()


def test_close_stops_it():
    handle = explorer.show(small(), preprocessing=SMALL)
    assert handle.url in repr(handle)
    handle.close()
    handle.close()
    assert "closed" in repr(handle)
    with pytest.raises(Exception, match=r"refused|connect"):
        Client(handle.url, verbose=False)


def test_what_cannot_be_shown_is_said_at_once():
    with pytest.raises(ModelError, match=r"does not take pictures of 3 × 224 × 224.*`preprocessing`"):
        explorer.show(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)))
    with pytest.raises(CheckpointError, match="3 logits, but 2 class names"):
        explorer.show(small(), classes=["a", "b"], preprocessing=SMALL)
    with pytest.raises(ModelError, match=r"no torch\.nn\.Module"):
        explorer.show("resnet18")
    with pytest.raises(ExplorerError, match="port is -1"):
        explorer.show(small(), preprocessing=SMALL, port=-1)


def test_show_is_the_packages_only_late_name_and_loads_nothing_before():
    code = (
        "import sys, explorer\n"
        "assert not {'torch', 'gradio'} & set(sys.modules)\n"
        "explorer.show\n"
        "assert 'gradio' in sys.modules\n"
        "try: explorer.no_such_thing\n"
        "except AttributeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "module 'explorer' has no attribute 'no_such_thing'\n"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_runs_and_shows_a_frame(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(ROOT / "assets" / "live.ipynb", as_version=4)
    ran = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [output for cell in ran.cells if cell.cell_type == "code" for output in cell.outputs]
    pages = [one["data"]["text/html"] for one in outputs if "text/html" in one.get("data", {})]
    assert len(pages) == 1
    assert '<iframe src="http://127.0.0.1:' in pages[0]
    text = "".join(one["text"] for one in outputs if one.get("name") == "stdout")
    assert sorted(line.split()[0] for line in text.splitlines()[1:]) == ["blue", "green", "red"]
    kept = nbformat.read(ROOT / "assets" / "live.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in kept.cells)
