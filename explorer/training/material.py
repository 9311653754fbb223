"""What a run learns from and is judged on: the sources listed, unified and decoded once."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from explorer.checkpoint import file as checkpoint
from explorer.data.augmentation import find_recipe
from explorer.data.cache import PictureSet, check_unread, decode
from explorer.data.heldout import HeldOut, hold_out
from explorer.data.labels import KNOWN_COARSE, LabelSpace, read_coarse, unify
from explorer.data.sources import SPLITS, Item, fingerprint, read_source
from explorer.errors import CatalogError, CheckpointError
from explorer.preprocessing import Preprocessing
from explorer.training.options import FROM_TORCHVISION, Options, start_files
from explorer.training.teacher import teacher_answers

_MARGIN = 1.17  # training pictures are kept this much larger than the network sees them, for crops to have pixels


@dataclass(frozen=True)
class Material:
    """Both splits, decoded."""

    space: LabelSpace
    preprocessing: Preprocessing
    train: dict[int, PictureSet]  # by the size that the network sees
    validation: PictureSet
    splits: dict[str, tuple[Item, ...]]  # as listed, before any was opened
    held_out: tuple[HeldOut, ...] = ()  # the tests that came out of training
    answers: torch.Tensor | None = None  # float32 (N, classes): what a teacher says of the training pictures

    def near(self, device: torch.device) -> "Material":
        """The same with the pictures in the device's own memory, if they take at most half of what is free there."""
        sets = [*self.train.values(), self.validation]
        size = sum(found.pictures.numel() for found in sets)
        if device.type != "cuda" or size > torch.cuda.mem_get_info(device)[0] / 2:
            return self
        moved = [replace(found, pictures=found.pictures.to(device)) for found in sets]
        return replace(self, train=dict(zip(self.train, moved, strict=False)), validation=moved[-1])

    def fingerprints(self) -> dict[str, str]:
        """Split -> SHA-256 of its list of pictures."""
        return {split: fingerprint(items) for split, items in self.splits.items()}


def prepare(options: Options) -> Material:
    """Lists, unifies and decodes the sources, the validation pictures by the very preprocessing of the checkpoint.

    Mean and standard deviation come from the training pictures alone, or with the weights that a run starts from: the
    layers that stay frozen know no others.

    Raises:
        CatalogError: sources that cannot be used.
        CheckpointError: weights to start from, or a teacher, that cannot be read, are of another number of channels,
            or do not know a class.
    """
    start = _start_preprocessing(options)
    only_moved = find_recipe(options.recipe).whole_pixels
    kept = options.size if only_moved else round(options.size * _MARGIN)
    sources = [read_source(text, options.seed, kept) for text in options.data]
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise CatalogError(f"The sources {', '.join(names)} need names that differ; --data NAME=FOLDER gives one.")
    coarse = read_coarse(options.label_sets) if options.label_sets else KNOWN_COARSE
    space = unify({source.name: source.labels() for source in sources}, coarse)
    held_out: list[HeldOut] = []
    if options.test_share:
        found = [hold_out(source, options.test_share) for source in sources]
        sources, held_out = [source for source, _ in found], [report for _, report in found if report]
    splits = {
        split: tuple(item for source in sources for item in source.splits.get(split, ()))
        for split in (*SPLITS, *(["test"] if options.test_share else []))
    }
    folder = Path(options.cache) if options.cache else None
    neutral = (0.5,) * options.channels
    preprocessing = start or Preprocessing(size=options.size, mode=options.mode, mean=neutral, std=neutral)
    if not start and options.mode == "letterbox":  # the bars have the mean colour: it is measured without them
        whole = decode(splits["train"], space, replace(preprocessing, size=kept, mode="stretch"), folder)
        preprocessing = _measured(preprocessing, whole)
    larger = preprocessing if only_moved else replace(preprocessing, size=kept, resize=None)
    large = decode(splits["train"], space, larger, folder)
    if not start and options.mode != "letterbox":
        preprocessing = _measured(preprocessing, large)
    validation = decode(splits["validation"], space, preprocessing, folder)
    if not options.allow_unread:
        check_unread((large, validation))
    train_sets = {options.size: large}
    if options.small_size:
        train_sets[options.small_size] = large.resized(round(options.small_size * _MARGIN))
    answers = teacher_answers(options.teacher, large, space, folder) if options.teacher else None
    return Material(space, preprocessing, train_sets, validation, splits, tuple(held_out), answers)


def channel_statistics(pictures: torch.Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation by channel, of pixels scaled to 0..1, rounded to four digits.

    Args:
        pictures: uint8 (N, C, H, W).
    """
    sums = torch.zeros(2, pictures.shape[1], dtype=torch.float64)
    for start in range(0, len(pictures), 256):
        values = pictures[start : start + 256].double() / 255
        sums += torch.stack([values.sum((0, 2, 3)), values.square().sum((0, 2, 3))])
    count = pictures.numel() / pictures.shape[1]
    mean = sums[0] / count
    std = (sums[1] / count - mean**2).clamp(min=1e-4).sqrt()
    return tuple(round(float(value), 4) for value in mean), tuple(round(float(value), 4) for value in std)


def _measured(preprocessing: Preprocessing, found: PictureSet) -> Preprocessing:
    mean, std = channel_statistics(found.pictures)
    return replace(preprocessing, mean=mean, std=std)


def _start_preprocessing(options: Options) -> Preprocessing | None:
    """That of the weights to start from, brought to the run's size and mode; None for a run from scratch."""
    if not options.start:
        return None
    if options.start == FROM_TORCHVISION:
        from explorer.models.torchvision_networks import pretrained_preprocessing  # loads torchvision

        found = pretrained_preprocessing(options.network)
    else:
        found = checkpoint.read(start_files(options.start)[0])[1].preprocessing
    if found.channels != options.channels:
        raise CheckpointError(f"{options.start} takes pictures of {found.channels} channels, not {options.channels}.")
    resize = round(options.size * found.resize / found.size) if found.resize and options.mode == "crop" else None
    return replace(found, size=options.size, mode=options.mode, resize=resize)
