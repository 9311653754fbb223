"""The example pictures are what the script draws, and nothing else."""

import runpy
from pathlib import Path

import numpy as np

from explorer.image import open_upload

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def test_examples_are_drawn_by_the_project():
    drawn = runpy.run_path(str(ASSETS / "draw_examples.py"))["EXAMPLES"]
    assert {path.stem for path in (ASSETS / "examples").iterdir()} == set(drawn)
    assert len(drawn) >= 6
    for name, make in drawn.items():
        committed = open_upload(ASSETS / "examples" / f"{name}.png").astype(int)
        assert np.abs(committed - make().astype(int)).max() <= 1, name
