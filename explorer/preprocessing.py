"""The one place where pixels become a tensor.

Training, evaluation, the page and the shell all hold the same `Preprocessing`, which is stored in the checkpoint. In
two steps, so that the page can show what the network saw: `picture` (resize, crop), then `normalise`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from explorer.errors import CheckpointError
from explorer.image.pixels import LUMA, Picture, check_picture

MODES = ("crop", "letterbox", "stretch")
INTERPOLATIONS = ("bilinear", "bicubic")
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of red, green and blue, scaled to 0..1


@dataclass(frozen=True)
class Preprocessing:
    """How a picture of any size becomes a batch of one.

    Raises:
        CheckpointError: on construction, a value that no network could have been trained with.
    """

    size: int = 96  # height and width of what the network sees, in pixels
    mode: str = (
        "stretch"  # crop: middle square; letterbox: whole picture on bars of the mean colour; stretch: to a square
    )
    interpolation: str = "bilinear"  # always antialiased
    mean: tuple[float, ...] = IMAGENET_MEAN  # by channel, of pixels scaled to 0..1; one value: grey
    std: tuple[float, ...] = IMAGENET_STD
    resize: int | None = None  # crop: the shorter side before the crop; stretch: both sides before it; None: the size
    floor_margin: bool = False  # an odd margin's half is rounded down, as transformers does, not as torchvision does

    def __post_init__(self) -> None:
        """Refuses what cannot work, in a sentence."""
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not 1 <= self.size <= 4096:
            raise CheckpointError(f"preprocessing: size is {self.size!r}; 1 to 4096 pixels are possible.")
        if self.mode not in MODES:
            raise CheckpointError(f"preprocessing: mode is {self.mode!r}; known are {', '.join(MODES)}.")
        if self.interpolation not in INTERPOLATIONS:
            raise CheckpointError(
                f"preprocessing: interpolation {self.interpolation!r}; known: {', '.join(INTERPOLATIONS)}."
            )
        if len(self.mean) not in (1, 3) or len(self.mean) != len(self.std):
            raise CheckpointError(
                f"preprocessing: {len(self.mean)} means and {len(self.std)} deviations; 1 or 3 of each."
            )
        if not np.isfinite(self.mean + self.std).all() or min(self.std) <= 0:
            raise CheckpointError("preprocessing: means must be finite and deviations positive.")
        if self.resize is not None and not self.size <= self.resize <= 4096:
            raise CheckpointError(f"preprocessing: resize is {self.resize}; it must be at least the size, {self.size}.")

    @property
    def channels(self) -> int:
        """3 for colour, 1 for grey."""
        return len(self.mean)

    def picture(self, image: Picture) -> Picture:
        """What the network sees, as uint8 (size, size, channels), before normalisation.

        Args:
            image: uint8 (H, W, 3), any size.

        Raises:
            ImageError: another shape or kind of number.
        """
        pixels = check_picture(image)
        if self.channels == 1:
            pixels = _grey(pixels)
        if self.mode == "crop":
            return self._cropped(pixels)
        if self.mode == "letterbox":
            return self._letterboxed(pixels)
        side = self.resize or self.size
        return self._middle(self._resized(pixels, side, side))

    def normalise(self, pictures: torch.Tensor) -> torch.Tensor:
        """(pixels / 255 - mean) / std of pictures (N, C, H, W) of 0..255, as float32 on their device."""
        mean = torch.tensor(self.mean, device=pictures.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=pictures.device).view(1, -1, 1, 1)
        return (pictures.float() / 255 - mean) / std

    def denormalise(self, batch: torch.Tensor) -> torch.Tensor:
        """Back to uint8 pictures (N, C, H, W): what `normalise` was given, rounded and clipped."""
        mean = torch.tensor(self.mean, device=batch.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=batch.device).view(1, -1, 1, 1)
        return ((batch * std + mean) * 255).round().clamp(0, 255).to(torch.uint8)

    def __call__(self, image: Picture) -> torch.Tensor:
        """The batch of one, float32 (1, channels, size, size), of a uint8 (H, W, 3) image."""
        return self.normalise(to_tensor(self.picture(image)))

    def to_json(self) -> dict[str, Any]:
        """Plain values for a checkpoint's metadata; `from_json` gives an equal record back."""
        values = {**asdict(self), "mean": list(self.mean), "std": list(self.std)}
        return values if self.floor_margin else {name: one for name, one in values.items() if name != "floor_margin"}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """The record that `to_json` described.

        Raises:
            CheckpointError: fields missing, unknown or of another kind.
        """
        try:
            mean, std = (tuple(float(value) for value in values[name]) for name in ("mean", "std"))
            return cls(**{**values, "mean": mean, "std": std})
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"The preprocessing of this checkpoint cannot be read: {error!r}.") from error

    def _resized(self, pixels: Picture, height: int, width: int) -> Picture:
        """Antialiased, on uint8, rounded once."""
        if pixels.shape[:2] == (height, width):
            return pixels
        resized = functional.interpolate(to_tensor(pixels), (height, width), mode=self.interpolation, antialias=True)
        return np.ascontiguousarray(resized[0].permute(1, 2, 0).numpy())

    def _cropped(self, pixels: Picture) -> Picture:
        """The shorter side to `resize`, then the middle; rounded as torchvision rounds."""
        height, width = pixels.shape[:2]
        shorter = self.resize or self.size
        longer = shorter * max(height, width) // min(height, width)
        return self._middle(self._resized(pixels, *((longer, shorter) if height > width else (shorter, longer))))

    def _middle(self, pixels: Picture) -> Picture:
        """The middle square of `size`."""
        halves = [(side - self.size) / 2 for side in pixels.shape[:2]]
        top, left = (int(half) if self.floor_margin else round(half) for half in halves)
        return np.ascontiguousarray(pixels[top : top + self.size, left : left + self.size])

    def _letterboxed(self, pixels: Picture) -> Picture:
        """The longer side to `size`, centred on bars of the mean colour."""
        height, width = pixels.shape[:2]
        scale = self.size / max(height, width)
        inner = self._resized(pixels, max(1, round(height * scale)), max(1, round(width * scale)))
        top, left = (self.size - inner.shape[0]) // 2, (self.size - inner.shape[1]) // 2
        bars = np.empty((self.size, self.size, self.channels), np.uint8)
        bars[:] = np.clip(np.rint(np.array(self.mean) * 255), 0, 255).astype(np.uint8)
        bars[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        return bars


def to_tensor(picture: Picture) -> torch.Tensor:
    """uint8 (H, W, C) as uint8 (1, C, H, W), a copy."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).unsqueeze(0).contiguous()


def _grey(pixels: Picture) -> Picture:
    """Luma, rounded: uint8 (H, W, 1)."""
    luma = np.rint(pixels.astype(np.float32) @ np.array(LUMA, np.float32))
    return np.clip(luma, 0, 255).astype(np.uint8)[..., None]
