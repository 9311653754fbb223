"""Notebooks and programs: run as whoever gets them runs them, they give the network's own numbers."""

import base64
import io
import re
import runpy

import nbclient
import nbformat
import numpy as np
import pytest
import torch
from PIL import Image

from explorer.activations.tracer import record_trace
from explorer.checkpoint import save
from explorer.errors import ModelError
from explorer.export.__main__ import main
from explorer.export.notebook import notebook_bytes
from explorer.image import open_upload
from explorer.networks.network import Network
from explorer.preprocessing import Preprocessing
from explorer.settings import EXAMPLES, ROOT
from tests.export.networks import named


@pytest.fixture(scope="module")
def small():
    return named("simple_gap", Preprocessing(size=33, mode="letterbox"))


def test_a_notebook_runs_and_shows_the_units_number_and_its_sum(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the kernel runs beside the notebook
    save(tmp_path / "own.safetensors", small.model, small.card)
    photo, out = ROOT / "tests/assets/coffee.jpg", tmp_path / "out" / "view.ipynb"
    layer = next(name for name, one in small.model.named_modules() if isinstance(one, torch.nn.Conv2d))
    command = [str(tmp_path / "own.safetensors"), "--to", "notebook", "--out", str(out), "--photo", str(photo)]
    assert main([*command, "--unit", f"{layer},2,7,5"]) == 0
    assert {path.name for path in out.parent.iterdir()} == {"view.ipynb", "coffee-working.png", "own.safetensors"}

    notebook = nbformat.read(out, as_version=4)
    nbformat.validate(notebook)
    settings = {"metadata": {"path": str(out.parent)}}
    ran = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=settings).execute()
    outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
    printed = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    pictures = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    with torch.no_grad():
        right = small.model.get_submodule(layer)(small.preprocessing(open_upload(photo)))[0, 2, 7, 5].item()
    assert f"{right!r} here, {right!r} where this was saved" in printed
    *amounts, end = re.findall(r"^[+-]\d+\.\d{6}  .*|^= .*", printed, re.MULTILINE)
    assert sum(float(line.split()[0]) for line in amounts) == pytest.approx(right, abs=1e-4)
    assert f"where the network has {right!r}" in end
    assert len(pictures) == 2
    for picture in pictures:
        assert np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("L")).std() > 10


def test_a_program_runs_and_opens_the_likeliest_class_of_the_first_example(small, tmp_path, monkeypatch, capsys):
    save(tmp_path / "own.safetensors", small.model, small.card)
    assert main([str(tmp_path / "own.safetensors"), "--to", "code", "--out", str(tmp_path / "look.py")]) == 0
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    runpy.run_path("look.py")
    largest = small.logits(open_upload(sorted(EXAMPLES.glob("*.png"))[0])).max().item()
    assert capsys.readouterr().out == f"{largest!r} here, {largest!r} where this was saved\n"


def test_a_vectors_number_is_drawn_as_a_bar_and_names_stay_text(small):
    photo = "it's '''.png"
    network = Network("a\"'''b", small.model, small.preprocessing, loading_lines="import torch\n")
    trace = record_trace(small.model, small.preprocessing(np.zeros((9, 9, 3), np.uint8)))
    content = nbformat.reads(notebook_bytes(network, trace, (trace.output, 1, 0, 0), photo).decode(), as_version=4)
    nbformat.validate(content)
    code = [cell.source for cell in content.cells if cell.cell_type == "code"]
    for cell in code:
        compile(cell, "cell", "exec")
    assert any("drawn.bar(" in cell for cell in code)
    with pytest.raises(ModelError, match="has channel 0 to 2, not 3"):
        notebook_bytes(network, trace, (trace.output, 3, 0, 0), photo)


@pytest.mark.parametrize("unit", ["stem", "stem,x,0,0", ",1,2,3", "stem,1,2,3,4"])
def test_a_unit_that_is_none_is_a_sentence(unit, tmp_path, capsys):
    out = tmp_path / "x.ipynb"
    assert main(["compact", "--to", "notebook", "--out", str(out), "--unit", unit]) == 2
    assert "--unit is LAYER,CHANNEL,Y,X" in capsys.readouterr().err
    assert not out.exists()
