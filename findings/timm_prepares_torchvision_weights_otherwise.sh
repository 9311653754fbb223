#!/usr/bin/env bash
# timm 1.0.31: what it says of torchvision's own weights (tags tv_in1k, tv2_in1k) is not what torchvision 0.26.0 says of
# them. Without use_test_size=True resolve_data_config gives the size of the training, 176 pixels, for ResNet-50 V2, which
# torchvision tests at 224; RegNets, DenseNets and Inception are resized bicubic, where torchvision has them bilinear.
# (Inception's mean, 0.5 and not 0.485, is no difference: torchvision's network takes the one to the other itself,
# transform_input.)
# Good guess: the same weights are given the same pixels, and a figure of accuracy is one for both.
# Seen, timm for torchvision, in one line:
# resnet50.tv2_in1k: 176 bilinear for 224 bilinear; regnety_032.tv2_in1k: 224 bicubic for 224 bilinear; densenet121.tv_in1k:
# 224 bicubic for 224 bilinear; inception_v3.tv_in1k: 299 bicubic for 299 bilinear; inception's mean 0.5 for 0.485, the same
# at its first convolution: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() {
  if command -v uv > /dev/null; then uv pip install --quiet --python "$folder/venv/bin/python" "$@"
  else "$folder/venv/bin/pip" install --quiet "$@"; fi
}
install torch==2.11.0 torchvision==0.26.0 timm==1.0.31 numpy==2.4.6
cd "$folder"
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import timm
import torch
from torchvision import models
from torchvision.transforms import Normalize
pairs = {
    "resnet50.tv2_in1k": models.ResNet50_Weights.IMAGENET1K_V2,
    "regnety_032.tv2_in1k": models.RegNet_Y_3_2GF_Weights.IMAGENET1K_V2,
    "densenet121.tv_in1k": models.DenseNet121_Weights.IMAGENET1K_V1,
    "inception_v3.tv_in1k": models.Inception_V3_Weights.IMAGENET1K_V1,
}
said = []
for name, weights in pairs.items():
    ours = timm.data.resolve_data_config(pretrained_cfg=timm.get_pretrained_cfg(name).to_dict())
    theirs = weights.transforms()
    said.append(
        f"{name}: {ours['input_size'][-1]} {ours['interpolation']} for {theirs.crop_size[0]} {theirs.interpolation.value}"
    )
network = models.Inception3(transform_input=True, init_weights=False)
pixels = torch.rand(1, 3, 5, 7)
first = network._transform_input(Normalize(theirs.mean, theirs.std)(pixels))
same = torch.allclose(first, Normalize(ours["mean"], ours["std"])(pixels), atol=1e-5)
print("; ".join(said) + f"; inception's mean {ours['mean'][0]} for {theirs.mean[0]}, the same at its first convolution: {same}")
PYTHON
)
seen=$(tail -n 1 <<< "$seen")
echo "$seen"
test "$seen" = "resnet50.tv2_in1k: 176 bilinear for 224 bilinear; regnety_032.tv2_in1k: 224 bicubic for 224 bilinear; densenet121.tv_in1k: 224 bicubic for 224 bilinear; inception_v3.tv_in1k: 299 bicubic for 299 bilinear; inception's mean 0.5 for 0.485, the same at its first convolution: True"
