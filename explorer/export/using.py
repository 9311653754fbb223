"""The programs that go with a deployed network: a dozen lines of Python, and a page for a browser.

They resize with what their platform has (Pillow, a canvas), which is within a level or two of 255 of what is done here;
a picture that has the network's size already goes through as it is, and gives torch's numbers.
"""

import html
import json

import numpy as np

from explorer.activations.ending import OutputKind
from explorer.export.deployed import Input
from explorer.predict import Classifier
from explorer.preprocessing import Preprocessing

_PYTHON = """\
import json
{runtime_import}
import numpy as np
from PIL import Image, ImageOps
{loading}
image = ImageOps.exif_transpose(Image.open({picture!r})).convert({colours!r})
{resizing}
batch = {batch}
logits = {running}
{shares}
for index in np.argsort(-shares)[:5]:
    print(f"{{classes[index]}}: {{shares[index]:.4f}}")
"""
_ONNX = """
session = onnxruntime.InferenceSession({file!r})
about = session.get_modelmeta().custom_metadata_map
classes, temperature = json.loads(about["classes"]), float(about["temperature"])
"""
_OPENVINO = """
core = openvino.Core()
model = core.read_model({file!r})
classes = json.loads(model.get_rt_info(["framework", "classes"]).value)
temperature = float(model.get_rt_info(["framework", "temperature"]).value)
compiled = core.compile_model(model, "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})  # unasked it may take bfloat16
"""
_PYTHON_SHARES: dict[OutputKind, str] = {
    "logits": "shares = np.exp((logits - logits.max()) / temperature)\nshares /= shares.sum()",
    "probabilities": "shares = logits  # the network ends with a softmax",
    "log_probabilities": "shares = np.exp(logits)  # the network ends with the logarithm of a softmax",
    "independent": "shares = logits  # the network ends with a sigmoid: each class by itself",
}
_BROWSER_SHARES: dict[OutputKind, str] = {
    "logits": "logits.map((logit) => Math.exp((logit - most) / temperature))",
    "probabilities": "logits",
    "log_probabilities": "logits.map(Math.exp)",
    "independent": "logits",
}
_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<!-- In a folder with {file}: npm install onnxruntime-web, then serve the folder: python -m http.server -->
<input type="file" accept="image/*" aria-label="Picture">
<pre></pre>
<script type="module">
import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";

const size = {size};
const classes = {classes};
const temperature = {temperature};
const session = await ort.InferenceSession.create("./{file}");
const context = Object.assign(document.createElement("canvas"), {{ width: size, height: size }})
  .getContext("2d", {{ willReadFrequently: true }});

async function answer(file) {{
  const image = await createImageBitmap(file);
  context.imageSmoothingQuality = "high";
  context.fillStyle = "{bars}";
  context.fillRect(0, 0, size, size);
{drawing}
  const rgba = context.getImageData(0, 0, size, size).data;
{filling}
  const {{ logits: {{ data }} }} = await session.run({{ image: new ort.Tensor({tensor}) }});
  const logits = [...data];
  const most = Math.max(...logits);
  const shares = {shares};
  const sum = {sum};
  return classes.map((label, at) => [label, shares[at] / sum]).sort((one, other) => other[1] - one[1]);
}}

document.querySelector("input").addEventListener("change", async (event) => {{
  const rows = await answer(event.target.files[0]);
  const words = rows.slice(0, 5).map(([label, share]) => `${{label}}: ${{share.toFixed(4)}}`);
  document.querySelector("pre").textContent = words.join("\\n");
}});
</script>
"""


def python_program(classifier: Classifier, name: str, taken: Input, kind: str) -> str:
    """Python that names the picture NAME-picture.png, or any other, by the file NAME.onnx or NAME.xml.

    Args:
        kind: "onnx" or "openvino".
    """
    preprocessing = classifier.preprocessing
    whole = "np.asarray(picture)" + ("[..., None]" if preprocessing.channels == 1 else "")
    pixels = f"{whole}[None]  # uint8 (1, {preprocessing.size}, {preprocessing.size}, {preprocessing.channels})"
    floats = f"({whole}.transpose(2, 0, 1)[None] / np.float32(255))  # float32 (1, channels, rows, columns), 0 to 1"
    loading, file = (_ONNX, f"{name}.onnx") if kind == "onnx" else (_OPENVINO, f"{name}.xml")
    run = 'session.run(None, {"image": batch})[0][0]' if kind == "onnx" else 'compiled({"image": batch})[0][0]'
    return _PYTHON.format(
        runtime_import="import onnxruntime" if kind == "onnx" else "import openvino",
        loading=loading.format(file=file),
        picture=f"{name}-picture.png",
        colours="RGB" if preprocessing.channels == 3 else "L",
        resizing=_pillow_lines(preprocessing),
        batch=pixels if taken == "uint8" else floats,
        running=run,
        shares=_PYTHON_SHARES[classifier.output],
    )


def _pillow_lines(preprocessing: Preprocessing) -> str:
    """`picture` of `image`, as `Preprocessing.picture` makes it."""
    size, resize = preprocessing.size, preprocessing.resize or preprocessing.size
    how = f"Image.Resampling.{preprocessing.interpolation.upper()}"
    if preprocessing.mode == "letterbox":
        return (
            f"inner = image.resize([max(1, round(side * ({size} / max(image.size)))) for side in image.size], {how})\n"
            f"picture = Image.new(image.mode, ({size}, {size}), {_bars(preprocessing)})\n"
            f"picture.paste(inner, [({size} - side) // 2 for side in inner.size])"
        )
    if preprocessing.mode == "stretch" and resize == size:
        return f"picture = image.resize(({size}, {size}), {how})"
    sides = f"({resize}, {resize})" if preprocessing.mode == "stretch" else (
        f"[side * {resize} // min(image.size) for side in image.size]"
    )  # fmt: skip
    half = f"(side - {size}) // 2" if preprocessing.floor_margin else f"round((side - {size}) / 2)"
    return (
        f"inner = image if image.size == ({size}, {size}) else image.resize({sides}, {how})\n"
        f"left, top = ({half} for side in inner.size)\n"
        f"picture = inner.crop((left, top, left + {size}, top + {size}))"
    )


def _bars(preprocessing: Preprocessing) -> tuple[int, ...] | int:
    """The colour beside a letterboxed picture: the mean."""
    levels = tuple(int(level) for level in np.clip(np.rint(np.array(preprocessing.mean) * 255), 0, 255))
    return levels if len(levels) == 3 else levels[0]


def browser_program(classifier: Classifier, name: str, taken: Input) -> str:
    """A page that names a chosen picture by the file NAME.onnx, with onnxruntime-web."""
    preprocessing = classifier.preprocessing
    bars = _bars(preprocessing)
    shape = (1, preprocessing.size, preprocessing.size, preprocessing.channels)
    if taken == "float":
        shape = (1, shape[3], shape[1], shape[2])
    scripted = json.dumps(classifier.classes).replace("<", "\\u003c")  # a class's name ends no script
    return _PAGE.format(
        title=html.escape(name),
        file=f"{name}.onnx",
        size=preprocessing.size,
        classes=scripted,
        temperature=classifier.temperature,
        bars="rgb({}, {}, {})".format(*(bars if isinstance(bars, tuple) else (bars,) * 3)),
        drawing=_canvas_lines(preprocessing),
        filling=_filling(preprocessing.channels, taken),
        tensor=f'"{"uint8" if taken == "uint8" else "float32"}", input, {list(shape)}',
        shares=_BROWSER_SHARES[classifier.output],
        sum="shares.reduce((one, other) => one + other)" if classifier.output == "logits" else "1",
    )


def _canvas_lines(preprocessing: Preprocessing) -> str:
    """The picture drawn on the canvas of the network's size."""
    size, resize = preprocessing.size, preprocessing.resize or preprocessing.size
    if preprocessing.mode == "stretch" and resize == size:
        return "  context.drawImage(image, 0, 0, size, size);"
    side = {"stretch": "", "crop": "Math.min", "letterbox": "Math.max"}[preprocessing.mode]
    scaled = f"side * {resize} / {side}(image.width, image.height)" if side else str(resize)
    small = "image.width === size && image.height === size"
    return (
        f"  const scaled = (side) => ({small} ? side : {scaled});\n"
        "  const [wide, high] = [scaled(image.width), scaled(image.height)];\n"
        "  context.drawImage(image, Math.round((size - wide) / 2), Math.round((size - high) / 2), wide, high);"
    )


def _filling(channels: int, taken: Input) -> str:
    """`input` of the canvas' pixels."""
    kind, at = ("Uint8Array", f"cell * {channels} + channel") if taken == "uint8" else (
        "Float32Array", "channel * size * size + cell"
    )  # fmt: skip
    value = "rgba[cell * 4 + channel]" if channels == 3 else (
        "Math.round(0.299 * rgba[cell * 4] + 0.587 * rgba[cell * 4 + 1] + 0.114 * rgba[cell * 4 + 2])"
    )  # fmt: skip
    level = value if taken == "uint8" else f"{value} / 255"
    return (
        f"  const input = new {kind}(size * size * {channels});\n"
        f"  for (let cell = 0; cell < size * size; cell += 1) {{\n"
        f"    for (let channel = 0; channel < {channels}; channel += 1) input[{at}] = {level};\n"
        "  }"
    )
