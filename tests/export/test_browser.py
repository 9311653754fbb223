"""The page that goes with an ONNX file, in a browser, with a stand-in for onnxruntime-web, which is 145 MB.

What the stand-in is given is what the network sees; that the runtime computes torch's numbers is shown in Python.
"""

import numpy as np
import pytest

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
        ("lenet5", "float", Preprocessing(size=32, mode="letterbox", mean=(0.3,), std=(0.4,))),
    ],
)
def test_the_page_gives_the_runtime_what_the_network_sees(browser, name, taken, preprocessing, tmp_path):
    classifier = named(name, preprocessing)
    photo = open_upload(ROOT / "tests/assets/coffee.jpg")
    (tmp_path / "seen.png").write_bytes(seen_png(preprocessing, photo))
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route("**/*.html", lambda route: route.fulfill(
        body=browser_program(classifier, "my net", taken), content_type="text/html"))  # fmt: skip
    page.route("**/onnxruntime-web/**", lambda route: route.fulfill(body=STAND_IN, content_type="text/javascript"))
    page.goto("http://127.0.0.1/page.html")
    page.wait_for_function("document.querySelector('pre')")
    page.wait_for_load_state("load")
    page.locator("input").set_input_files(tmp_path / "seen.png")
    page.wait_for_function("window.given && document.querySelector('pre').textContent")
    given, words = page.evaluate("[window.given, document.querySelector('pre').textContent]")
    page.close()
    assert not wrong
    right = taken_by(preprocessing, taken, photo)
    assert (given["file"], given["dims"]) == ("./my net.onnx", list(right.shape))
    assert given["type"] == ("uint8" if taken == "uint8" else "float32")
    assert np.array_equal(np.array(given["data"], right.dtype), right.ravel())
    shares = np.exp(np.array([3, 2, 1]) / 0.5)
    labels = [classifier.classes[place] for place in (1, 2, 0)]
    assert words.splitlines() == [
        f"{label}: {share:.4f}" for label, share in zip(labels, shares / shares.sum(), strict=True)
    ]
