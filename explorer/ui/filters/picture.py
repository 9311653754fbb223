"""The filtered photograph as a file: what the Filters tab downloads and `/apply_filter` answers with."""

import io
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.errors import ExplorerError, ShapeError
from explorer.filters import KERNELS, apply, apply_to_picture
from explorer.filters.filtering import COLOURS, PADDING_MODES
from explorer.image import render
from explorer.image.pixels import Picture
from explorer.ui.request import choice, whole

VIEWS = ("clipped", "rescaled", "absolute", "signed")
MOST_CELLS = 11  # rows and columns of a kernel that a visitor may send
MOST_STEP = 64  # stride, dilation and padding likewise
LARGEST = 1e9  # of any number that is sent


@dataclass(frozen=True)
class Wanted:
    """One filtered picture, as the page asks for it: kernels in pixel units, and the numbers its colours run over."""

    kernels: tuple[tuple[tuple[Any, ...], ...], ...]  # one kernel, or two whose magnitude is taken
    magnitude: bool
    bias: float
    stride: int
    padding: int
    padding_mode: str
    dilation: int
    colour: str
    border: tuple[float, ...]  # red, green, blue
    view: str
    low: float
    high: float

    @property
    def suffix(self) -> Literal["png", "jpg"]:
        """PNG for the diverging colours, whose palette keeps it small; JPEG for photographs."""
        return "png" if self.view == "signed" and self.colour != "rgb" else "jpg"

    @classmethod
    def checked(cls, request: dict[str, Any]) -> "Wanted":
        """What a browser sent, which may be anything.

        Raises:
            ExplorerError: a value that the page would not send.
        """
        kernels = request.get("kernels")
        if not isinstance(kernels, list) or len(kernels) not in (1, 2):
            raise ExplorerError("One kernel must be sent, or two.")
        low, high = _number(request, "low"), _number(request, "high")
        if not low < high:
            raise ExplorerError("The colours must run from a smaller to a larger number.")
        border = request.get("border")
        if not isinstance(border, list) or len(border) != 3:
            raise ExplorerError("The border is three numbers.")
        return cls(
            kernels=tuple(_frozen(_kernel(kernel)) for kernel in kernels),
            magnitude=request.get("magnitude") is True,
            bias=_number(request, "bias"),
            stride=_step(request, "stride"),
            padding=_step(request, "padding"),
            padding_mode=choice(request, "padding_mode", PADDING_MODES),
            dilation=_step(request, "dilation"),
            colour=choice(request, "colour", COLOURS),
            border=tuple(_number({"border": value}, "border") for value in border),
            view=choice(request, "view", VIEWS),
            low=low,
            high=high,
        )


def filtered_file(image: Picture, wanted: Wanted) -> bytes:
    """The filtered picture as a file's bytes.

    Args:
        image: uint8 (H, W, 3).
    """
    picture = filtered_picture(image, wanted)
    shown = picture[..., 0] if picture.shape[2] == 1 else picture
    if wanted.suffix == "png":
        return render.palette_png(np.ascontiguousarray(shown), "diverging")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(shown)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def filtered_picture(image: Picture, wanted: Wanted) -> Picture:
    """The filtered picture in the colours of its view: places in a palette if it is signed, else grey or colours.

    The view is folded into the kernel: (answer - low) * 255 / (high - low) is itself a convolution with a bias.

    Args:
        image: uint8 (H, W, 3).

    Returns:
        uint8 (H_out, W_out, 3), or (H_out, W_out, 1) of a single channel.
    """
    factor = 255 / (wanted.high - wanted.low)
    kernels = [np.array(kernel, dtype=np.float64) * factor for kernel in wanted.kernels]
    settings: dict[str, Any] = {
        "stride": wanted.stride,
        "padding": wanted.padding,
        "padding_mode": wanted.padding_mode,
        "dilation": wanted.dilation,
        "colour": wanted.colour,
        "padding_value": wanted.border,
    }
    kernel = tuple(kernels) if wanted.magnitude else kernels[0]
    shift, bias = -wanted.low * factor, wanted.bias * factor
    if wanted.view != "absolute":
        return apply_to_picture(image, kernel, bias=bias + shift, **settings)
    if wanted.magnitude:
        answer = np.abs(apply(image, kernel, bias=bias, **settings))
        return np.rint(np.minimum(answer, 255)).astype(np.uint8)
    above = apply_to_picture(image, kernel, bias=bias, **settings)
    return np.maximum(above, apply_to_picture(image, -kernels[0], bias=-bias, **settings))


def named_or_given(kernel: str, weights: object) -> Any:  # noqa: ANN401  what `apply` takes
    """The kernel for `/apply_filter`: `weights` if given, else the named one.

    Raises:
        ShapeError: an unknown name (the known ones are listed), or weights that are no kernel.
    """
    if weights is not None:
        return _kernel(weights)
    if kernel not in KERNELS:
        raise ShapeError(f"There is no filter {kernel!r}; there are {', '.join(KERNELS)}.")
    kernels = KERNELS[kernel].kernels
    return kernels if len(kernels) > 1 else kernels[0]


def filter_photo(
    image: Picture,
    kernel: str,
    weights: object,
    *,
    bias: float,
    colour: str,
    **settings: Any,  # noqa: ANN401  as sent
) -> tuple[bytes, dict[str, Any]]:
    """The answer of `/apply_filter`: the rounded and clipped picture as a PNG file, and {shape, minimum, maximum}.

    Args:
        image: uint8 (H, W, 3).

    Raises:
        ExplorerError: an unknown filter or setting, or weights that are no kernel.
    """
    answer = apply(
        image,
        named_or_given(kernel, weights),
        **{name: _step(settings, name) for name in ("stride", "padding", "dilation")},
        padding_mode=choice(settings, "padding_mode", PADDING_MODES),
        bias=_number({"bias": bias}, "bias"),
        colour=colour,
    )
    minimum, maximum = float(answer.min()), float(answer.max())
    picture = np.rint(np.clip(answer, 0, 255)).astype(np.uint8)
    content = render.picture_png(picture if picture.shape[2] == 3 else picture[..., 0])
    return content, {"shape": list(answer.shape), "minimum": minimum, "maximum": maximum}


def _kernel(kernel: object) -> npt.NDArray[np.float64]:
    try:
        array = np.array(kernel, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError("A kernel is rows of numbers, all of one length.") from error
    if array.ndim not in (2, 3) or 0 in array.shape or max(array.shape) > MOST_CELLS:
        raise ShapeError(f"A kernel has 1 to {MOST_CELLS} rows and columns, not the shape {array.shape}.")
    if not np.isfinite(array).all() or np.abs(array).max() > LARGEST:
        raise ShapeError(f"Every cell of a kernel must be a number of at most {LARGEST:g} in size.")
    return array


def _frozen(array: npt.NDArray[np.float64]) -> tuple[Any, ...]:
    return tuple(_frozen(row) if row.ndim else float(row) for row in map(np.asarray, array))


def _number(request: dict[str, Any], name: str) -> float:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise ShapeError(f"{name} must be a number of at most {LARGEST:g} in size, not {str(value)[:40]!r}.")
    return float(value)


def _step(request: dict[str, Any], name: str) -> int:
    return whole(request, name, MOST_STEP, lowest=0 if name == "padding" else 1)
