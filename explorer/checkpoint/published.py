"""Published weights of networks that this project has under other names: which names they have here.

A rule each, no list of tensors: what no rule covers keeps its name, and then does not fit the network, which is said.
Used by `python -m explorer.checkpoint convert --network NAME`.
"""

import re
from collections import Counter
from collections.abc import Iterable

from explorer.errors import CheckpointError
from explorer.models.efficientnet_lite import EfficientNetLite
from explorer.preprocessing import Preprocessing

IMAGENET = "imagenet"  # stands for the 1,000 names of ImageNet's classes
SIZES = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}  # pixels, of the originals
_MARGIN = 32  # pixels that the shorter side has more than the middle square that is cut out
# The package's modules by what a block of ours calls them, without and with a first convolution.
_OF_BLOCK = {
    "_expand_conv": "expand_conv",
    "_bn0": "expand_bn",
    "_depthwise_conv": "depthwise_conv",
    "_bn1": "depthwise_bn",
    "_project_conv": "project_conv",
    "_bn2": "project_bn",
}
_OUTSIDE = {"_conv_stem": "stem.conv", "_bn0": "stem.bn", "_conv_head": "top.conv", "_bn1": "top.bn", "_fc": "fc"}


def lite_name(name: str, places: Iterable[str]) -> str:
    """What a tensor of efficientnet_lite_pytorch is called here; itself where it is none of these.

    Args:
        places: the names of our blocks in their order: "stage1.0", "stage2.0", "stage2.1", ...

    >>> lite_name("_blocks.1._bn0.running_var", ["stage1.0", "stage2.0"])
    'stage2.0.expand_bn.running_var'
    >>> lite_name("_conv_head.weight", [])
    'top.conv.weight'
    """
    blocks = list(places)
    found = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if found and int(found[1]) < len(blocks) and found[2] in _OF_BLOCK:
        return f"{blocks[int(found[1])]}.{_OF_BLOCK[found[2]]}.{found[3]}"
    module, _, tensor = name.rpartition(".")
    return f"{_OUTSIDE[module]}.{tensor}" if module in _OUTSIDE else name


def block_places(model: EfficientNetLite) -> list[str]:
    """Names of its blocks, in the order in which they run."""
    stages = ((name, stage) for name, stage in model.named_children() if name.startswith("stage"))
    return [f"{name}.{number}" for name, stage in stages for number, _ in stage.named_children()]


def published_preprocessing(network: str) -> Preprocessing:
    """What the published weights of an EfficientNet-Lite were trained with: (pixel - 127) / 128, bicubic.

    Raises:
        CheckpointError: a network that no published weights are known of.
    """
    if network not in SIZES:
        raise CheckpointError(f"No published weights of {network!r} are known here; of {', '.join(SIZES)} there are.")
    size = SIZES[network]
    mean, std = (127 / 255,) * 3, (128 / 255,) * 3
    return Preprocessing(size=size, mode="crop", interpolation="bicubic", mean=mean, std=std, resize=size + _MARGIN)


def distinct_names(names: Iterable[str]) -> tuple[str, ...]:
    """Class names, the second "crane" as "crane (2)": older lists of ImageNet's have two pairs."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)
