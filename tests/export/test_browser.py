"""The page that goes with an ONNX file, in a browser, with a stand-in for onnxruntime-web, which is 145 MB.

What the stand-in is given is what the network sees; that the runtime computes torch's numbers is shown in Python.
"""

import numpy as np
import pytest
from PIL import Image

from explorer.export.deployed import seen_png, taken_by
from explorer.export.using import browser_program
from explorer.image import open_upload
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT
from tests.export.networks import named

STAND_IN = """
export class Tensor { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } }
export const InferenceSession = { create: async (file) => ({ run: async ({ image }) => {
  window.given = { file, type: image.type, dims: image.dims, data: [...image.data] };
  return { logits: { data: Float32Array.from([1, 3, 2]) } };
} }) };
"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "taken", "preprocessing"),
    [
        ("simple_gap", "uint8", Preprocessing(size=45, mode="crop", resize=52)),
        ("simple_gap", "float", Preprocessing(size=40, interpolation="bicubic")),
        ("lenet5", "float", Preprocessing(size=32, mode="letterbox", mean=(0.3,), std=(0.4,))),
    ],
)
def test_the_page_gives_the_runtime_what_the_network_sees(browser, name, taken, preprocessing, tmp_path):
    classifier = named(name, preprocessing)
    photo = open_upload(ROOT / "tests/assets/coffee.jpg")
    (tmp_path / "seen.png").write_bytes(seen_png(preprocessing, photo))
    Image.fromarray(photo).save(tmp_path / "photo.png")
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route("**/*.html", lambda route: route.fulfill(
        body=browser_program(classifier, "my net", taken), content_type="text/html"))  # fmt: skip
    page.route("**/onnxruntime-web/**", lambda route: route.fulfill(body=STAND_IN, content_type="text/javascript"))
    page.goto("http://127.0.0.1/page.html")
    page.locator("input:enabled").wait_for()
    right = taken_by(preprocessing, taken, photo)
    level = 1 if taken == "uint8" else 1 / 255
    for file, tolerance in (("photo.png", 2.01 * level), ("seen.png", 0)):
        page.evaluate("window.given = null")
        page.locator("input").set_input_files(tmp_path / file)
        page.wait_for_function("window.given && document.querySelector('pre').textContent")
        given, words = page.evaluate("[window.given, document.querySelector('pre').textContent]")
        assert (given["file"], given["dims"]) == ("./my net.onnx", list(right.shape))
        assert given["type"] == ("uint8" if taken == "uint8" else "float32")
        off = np.abs(np.array(given["data"], np.float32) - right.ravel().astype(np.float32))
        assert off.max() <= tolerance, file
        assert off.mean() <= 0.2 * tolerance
    page.close()
    assert not wrong
    shares = np.exp(np.array([3, 2, 1]) / 0.5)
    labels = [classifier.classes[place] for place in (1, 2, 0)]
    assert words.splitlines() == [
        f"{label}: {share:.4f}" for label, share in zip(labels, shares / shares.sum(), strict=True)
    ]
