"""The programs that go with a deployed network: a dozen lines of Python, and a page for a browser.

They resize by Pillow, and by Pillow's rule in JavaScript: within a level or two of 255 of what is done here. A picture
that has the network's size already goes through as it is, and gives torch's numbers.
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
<input type="file" accept="image/*" aria-label="Picture" disabled>
<pre></pre>
<script type="module">
import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";

const size = {size};
const classes = {classes};
const temperature = {temperature};
const session = await ort.InferenceSession.create("./{file}");

// Resized as in training, every pixel weighted that the filter covers; a canvas would do it in a way of its own.
const filter = (x) => {filter};

function weightsAlong(length, wanted) {{
  const scale = Math.max(1, length / wanted);
  return Array.from({{ length: wanted }}, (_, at) => {{
    const centre = ((at + 0.5) * length) / wanted;
    const first = Math.max(0, Math.floor(centre - {support} * scale + 0.5));
    const count = Math.min(length, Math.floor(centre + {support} * scale + 0.5)) - first;
    const weights = Array.from({{ length: count }}, (_, step) => filter((first + step + 0.5 - centre) / scale));
    const sum = weights.reduce((one, other) => one + other);
    return {{ first, weights: weights.map((weight) => weight / sum) }};
  }});
}}

function resizedAcross({{ data, width, height }}, wide) {{
  if (wide === width) return {{ data, width, height }};
  const made = new Uint8ClampedArray(wide * height * 4);
  weightsAlong(width, wide).forEach(({{ first, weights }}, x) => {{
    for (let y = 0; y < height; y += 1) {{
      for (let channel = 0; channel < 4; channel += 1) {{
        const from = (y * width + first) * 4 + channel;
        made[(y * wide + x) * 4 + channel] = weights.reduce((sum, weight, at) => sum + weight * data[from + at * 4], 0);
      }}
    }}
  }});
  return {{ data: made, width: wide, height }};
}}

function turned({{ data, width, height }}) {{
  const [from, to] = [new Uint32Array(data.buffer), new Uint32Array(width * height)];
  for (let cell = 0; cell < from.length; cell += 1) to[(cell % width) * height + Math.floor(cell / width)] = from[cell];
  return {{ data: new Uint8ClampedArray(to.buffer), width: height, height: width }};
}}

function seen({{ data, width, height }}) {{
  const side = (length) => {side};
  const small = turned(resizedAcross(turned(resizedAcross({{ data, width, height }}, side(width))), side(height)));
  const [left, top] = [small.width, small.height].map((length) => {margin});
  return (y, x, channel) => {{
    const [row, column] = [y + top, x + left];
    const inside = row >= 0 && column >= 0 && row < small.height && column < small.width;
    return inside ? small.data[(row * small.width + column) * 4 + channel] : [{bars}][channel];
  }};
}}

async function answer(file) {{
  const image = await createImageBitmap(file);
  const canvas = Object.assign(document.createElement("canvas"), {{ width: image.width, height: image.height }});
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const level = seen(context.getImageData(0, 0, image.width, image.height));
  const input = new {kind}(size * size * {channels});
  for (let y = 0; y < size; y += 1) {{
    for (let x = 0; x < size; x += 1) {{
      for (let channel = 0; channel < {channels}; channel += 1) input[{place}] = {value};
    }}
  }}
  const {{ logits: {{ data }} }} = await session.run({{ image: new ort.Tensor({tensor}) }});
  const logits = [...data];
  const most = Math.max(...logits);
  const shares = {shares};
  const sum = {sum};
  return classes.map((label, at) => [label, shares[at] / sum]).sort((one, other) => other[1] - one[1]);
}}

const chosen = document.querySelector("input");
chosen.addEventListener("change", async (event) => {{
  const rows = await answer(event.target.files[0]);
  const words = rows.slice(0, 5).map(([label, share]) => `${{label}}: ${{share.toFixed(4)}}`);
  document.querySelector("pre").textContent = words.join("\\n");
}});
chosen.disabled = false; // the network is there
</script>
"""
_FILTERS = {  # of JavaScript, and how far they reach
    "bilinear": ("Math.max(0, 1 - Math.abs(x))", 1),
    "bicubic": (
        """(Math.abs(x) < 1
  ? (1.5 * Math.abs(x) - 2.5) * x * x + 1
  : Math.max(0, Math.sign(2 - Math.abs(x))) * (((2.5 - 0.5 * Math.abs(x)) * Math.abs(x) - 4) * Math.abs(x) + 2))""",
        2,
    ),
}


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
    size, channels = preprocessing.size, preprocessing.channels
    bars, (curve, support) = _bars(preprocessing), _FILTERS[preprocessing.interpolation]
    whole = taken == "uint8"
    shape = [1, size, size, channels] if whole else [1, channels, size, size]
    grey = "Math.round(0.299 * level(y, x, 0) + 0.587 * level(y, x, 1) + 0.114 * level(y, x, 2))"
    value = "level(y, x, channel)" if channels == 3 else grey
    return _PAGE.format(
        title=html.escape(name),
        file=f"{name}.onnx",
        size=size,
        classes=json.dumps(classifier.classes).replace("<", "\\u003c"),  # a class's name ends no script
        temperature=classifier.temperature,
        filter=curve,
        support=support,
        side=_scripted_side(preprocessing),
        margin=_scripted_margin(preprocessing),
        bars=", ".join(map(str, bars if isinstance(bars, tuple) else (bars,) * 3)),
        kind="Uint8Array" if whole else "Float32Array",
        channels=channels,
        place=f"(y * size + x) * {channels} + channel" if whole else "(channel * size + y) * size + x",
        value=value if whole else f"{value} / 255",
        tensor=f'"{"uint8" if whole else "float32"}", input, {shape}',
        shares=_BROWSER_SHARES[classifier.output],
        sum="shares.reduce((one, other) => one + other)" if classifier.output == "logits" else "1",
    )


def _scripted_side(preprocessing: Preprocessing) -> str:
    """A side of the resized picture, of `length`, `width` and `height`."""
    size, resize = preprocessing.size, preprocessing.resize or preprocessing.size
    if preprocessing.mode == "letterbox":
        return f"Math.max(1, Math.round(length * ({size} / Math.max(width, height))))"
    scaled = str(resize) if preprocessing.mode == "stretch" else (
        f"Math.floor((length * {resize}) / Math.min(width, height))"
    )  # fmt: skip
    return scaled if resize == size else f"(width === size && height === size ? size : {scaled})"


def _scripted_margin(preprocessing: Preprocessing) -> str:
    """How many pixels of a resized `length` lie before the part that is seen; below 0, the bar before it."""
    if preprocessing.mode == "letterbox":
        return "-Math.floor((size - length) / 2)"
    odd = "Math.floor((length - size) / 2)" if preprocessing.floor_margin else "2 * Math.round((length - size) / 4)"
    return f"((length - size) % 2 ? {odd} : (length - size) / 2)"  # half a pixel goes to the even number
