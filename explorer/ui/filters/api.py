"""The endpoint that filters a photograph: a picture file and the numbers that its clipping hides."""

import threading
from typing import Any

import gradio as gr

from explorer.image import open_upload
from explorer.image.decode import full_size
from explorer.ui.api import Photo, photo_path, plainly
from explorer.ui.filters.picture import filter_photo
from explorer.ui.store import Store

_one_at_a_time = threading.Lock()  # a full-size answer takes hundreds of megabytes


def publish(store: Store) -> None:
    """Add the endpoint to the page that is being built."""

    def apply_filter(
        photo: Photo,
        kernel: str = "sobel x",
        weights: list[Any] | None = None,
        stride: int = 1,
        padding: int = 0,
        padding_mode: str = "zeros",
        dilation: int = 1,
        bias: float = 0.0,
        colour: str = "rgb",
    ) -> tuple[Photo, dict[str, Any]]:
        """A photograph at full size under a filter, as `torch.nn.Conv2d` computes it, in pixel units (0 to 255).

        Args:
            photo: an uploaded picture file.
            kernel: the name of a filter, such as "sobel x" or "gaussian 5"; an unknown name is answered with all names.
            weights: rows of numbers instead of a name; three of them (red, green, blue) with colour "sum".
            stride: pixels from one window to the next.
            padding: pixels added on each side.
            padding_mode: "zeros", "reflect", "replicate" or "circular".
            dilation: pixels from one weight to the next.
            bias: added to every answer.
            colour: "rgb" filters each colour by itself, "grey" their luma, "sum" adds the three up.
        Returns:
            The answer rounded and clipped to 0 to 255 as a PNG file; {shape, minimum, maximum} of the answer itself.
        """
        path = photo_path(photo)
        image = open_upload(path, longer_side=max(full_size(path)))
        settings = {"stride": stride, "padding": padding, "padding_mode": padding_mode, "dilation": dilation}
        with _one_at_a_time:
            content, facts = filter_photo(image, kernel, weights, bias=bias, colour=colour, **settings)
        token = store.put(content, len(content))
        return {"path": store.file(token, "filtered.png", lambda: content), "meta": {"_type": "gradio.FileData"}}, facts

    gr.api(plainly(apply_filter), api_name="apply_filter")
