"""The page on a model of the running program, from a script or a notebook: `explorer.show(model)`."""

import contextlib
import html
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from explorer.settings import Settings
from explorer.ui.networks.hosted import live_model
from explorer.ui.page import build_app, launch

if TYPE_CHECKING:
    import gradio as gr
    from torch import nn

    from explorer.preprocessing import Preprocessing

HEIGHT = 900  # pixels of the frame in a notebook


class Shown:
    """A page that is served until it is closed or the program ends; in a notebook it shows itself in a frame."""

    def __init__(self, page: "gr.Blocks", url: str, name: str) -> None:
        self.url = url
        self.network = name  # what the menu and the endpoints call the model
        self._page = page
        self._closed = threading.Event()

    def close(self) -> None:
        """Stop serving; the model stays as it is."""
        if not self._closed.is_set():
            self._page.close(verbose=False)
            self._closed.set()

    def wait(self) -> None:
        """Keep a script running until the page is closed, or Ctrl-C is pressed."""
        with contextlib.suppress(KeyboardInterrupt):
            self._closed.wait()
        self.close()

    def __repr__(self) -> str:
        return f"<The CNN Explorer on {self.network}, {'closed' if self._closed.is_set() else self.url}>"

    def _repr_html_(self) -> str:
        address = html.escape(self.url, quote=True)
        return (
            f'<iframe src="{address}" width="100%" height="{HEIGHT}" style="border: 0" '
            f'title="CNN Explorer" allow="camera; clipboard-read; clipboard-write"></iframe>'
        )

    def _ipython_display_(self) -> None:
        """A frame: in Colab, whose browser does not reach the machine, through Colab's own way to a port."""
        if "google.colab" in sys.modules:
            from google.colab import output

            output.serve_kernel_port_as_iframe(int(self.url.rstrip("/").rpartition(":")[2]), height=str(HEIGHT))
            return
        from IPython.display import HTML, display

        display(HTML(self._repr_html_()))


def show(
    model: "nn.Module",
    *,
    classes: Sequence[str] | None = None,
    preprocessing: "Preprocessing | None" = None,
    port: int = 0,
    **options: Any,  # noqa: ANN401 -- of Settings
) -> Shown:
    """Serve the page on this very model, on this machine alone, and return at once.

    Whoever goes on training sees the new weights on the next photograph; the model itself is not touched: not its
    mode, nor its statistics.

    Args:
        classes: names of its logits; None for what it says itself (`model.classes`, a configuration's `id2label`).
        preprocessing: how pictures become its batch; None for what it says itself (`model.preprocessing`, timm's
            `pretrained_cfg`), else the middle square at 224 pixels, ImageNet's mean.
        port: 0 for any that is free.
        options: fields of explorer.settings.Settings, such as `store_mb`.

    Returns:
        A handle with `url`, `close()` and `wait()`.

    Raises:
        ModelError: the model takes no such pictures, or gives no logits.
        CheckpointError: class names that are not as many as its logits.
        ExplorerError: the port is taken, or an option that cannot be used.
    """
    live = live_model(model, classes, preprocessing)
    live.load()  # what is wrong is said here, not on the page
    settings = Settings(port=port, **options)
    page = build_app(settings, [live])
    _, url, _ = launch(page, settings, prevent_thread_lock=True, quiet=True, inline=False, inbrowser=False, share=False)
    return Shown(page, url, live.name)
