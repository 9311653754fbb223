#!/usr/bin/env bash
# OpenVINO 2026.4.1: an ONNX MaxPool (opset 22) with kernel 2, stride 2, a padding of 1 on all sides and ceil_mode=1 on a 7 x
# 7 picture gives 5 x 5, whose last row and column are the lowest float: windows that begin in the padding beyond the
# picture. The operator's text says that such windows are ignored; onnx's own reference (1.23.2) and onnxruntime 1.32.0 give
# 4 x 4, as torch does.
# Good guess: 4 x 4.
# Seen: "reference 4 x 4; onnxruntime 4 x 4; OpenVINO 5 x 5, of which 9 are -3.40282e+38"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 7, 7])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None, None])
opset = [helper.make_opsetid("", 22)]
model = helper.make_model(helper.make_graph([node], "pool", [x], [y]), opset_imports=opset, ir_version=10)
onnx.checker.check_model(model)
onnx.save(model, "pool.onnx")
picture = np.random.default_rng(0).normal(size=(1, 1, 7, 7)).astype(np.float32)
reference = ReferenceEvaluator(model).run(None, {"x": picture})[0]
runtime = onnxruntime.InferenceSession("pool.onnx").run(None, {"x": picture})[0]
vino = openvino.Core().compile_model("pool.onnx", "CPU")(picture)[0]
assert np.array_equal(reference, runtime) and np.array_equal(reference, vino[:, :, :4, :4])
lowest = np.finfo(np.float32).min
def size(numbers):
    return f"{numbers.shape[2]} x {numbers.shape[3]}"
print(
    f"reference {size(reference)}; onnxruntime {size(runtime)}; "
    f"OpenVINO {size(vino)}, of which {(vino == lowest).sum()} are {lowest:g}"
)
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "reference 4 x 4; onnxruntime 4 x 4; OpenVINO 5 x 5, of which 9 are -3.40282e+38"
