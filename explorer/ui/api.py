"""The endpoints for programs: typed, documented, each usable with `gradio_client`.

Every function here is plain: an uploaded file and plain values in, JSON out (after a picture file where one is made).
A visitor's error becomes one sentence for the caller.
"""

import functools
import inspect
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import numpy.typing as npt

from explorer.errors import ExplorerError, ImageError
from explorer.image import open_remarked
from explorer.remembering import remembering
from explorer.ui.answers import judgement, ranking
from explorer.ui.folder import leave_private_folder
from explorer.ui.gate import Doors
from explorer.ui.networks.gpu import on_gpu
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import plain_text, sound
from explorer.ui.sizes.api import output_size_of, traced_network
from explorer.ui.sweeping import Sweeper
from explorer.ui.turns import BusyError, NoLongerWantedError, Question, Turns
from explorer.ui.uploads import uploaded_path
from explorer.ui.visitor import asked_by, asker

if TYPE_CHECKING:
    from explorer.predict import Classifier
    from explorer.predict.together import Together

Photo = dict[str, Any]  # what gradio_client.handle_file(path) gives

FINISHING_S, ENDING_S = 3.0, 1.5  # of the 5 seconds that a stop may take


class Page(gr.Blocks):
    """A page whose endpoints need only what has no default, over raw HTTP as with gradio_client."""

    def __init__(
        self,
        sweeper: Sweeper,
        answers: Callable[[], bool],
        turns: Turns,
        **options: Any,  # noqa: ANN401  gradio's own
    ) -> None:
        super().__init__(**options)
        self.sweeper = sweeper
        self.turns = turns
        self.answers = answers  # whether the default network does
        self.doors = Doors()

    def keep_no_statistics(self) -> None:
        """Gradio reckons one with pandas after every call, of the last 10,000 calls; nobody here reads it."""
        self._queue.ANALYTICS_MAX_EVENTS = 1
        self._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize

    def nobody_listens(self, word: str) -> None:
        """Compute no more for this call, or for the calls of this session."""
        for event in self._queue.event_ids_to_events.values():
            if word in {event._id, event.session_hash}:  # noqa: SLF001  gradio's, which has no other name for it
                event.alive = False

    def stop(self) -> None:
        """End the program's server: what is being answered is finished or cut off, files go, all within 5 seconds."""
        self.doors.close(FINISHING_S)
        self.sweeper.stop()
        leave_private_folder()
        last = threading.Timer(ENDING_S, os._exit, (0,))  # a computation in a thread would keep the process
        last.daemon = True
        last.start()
        self.server.should_exit = self.server.force_exit = True  # pages listen endlessly

    async def preprocess_data(
        self,
        block_fn: Any,  # noqa: ANN401  gradio's own
        inputs: list[Any],
        *more: Any,  # noqa: ANN401
        **named: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """The inputs as the function takes them; values that were not sent are the function's defaults."""
        if len(inputs) < len(block_fn.inputs):
            for parameter in list(inspect.signature(block_fn.fn).parameters.values())[len(inputs) :]:
                if parameter.default is parameter.empty:
                    raise gr.Error(f"{parameter.name} is missing; data is the list of values in their order.")
                inputs = [*inputs, parameter.default]
        try:
            inputs = sound(inputs)
        except ExplorerError as error:
            raise gr.Error(str(error)) from error
        return await super().preprocess_data(block_fn, inputs, *more, **named)

    async def call_function(
        self,
        block_fn: Any,  # noqa: ANN401  gradio's own
        processed_input: list[Any],
        iterator: Any = None,  # noqa: ANN401
        requests: Any = None,  # noqa: ANN401
        event_id: str | None = None,
        *more: Any,  # noqa: ANN401
        **named: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """What an endpoint gives, in its caller's turn.

        Raises:
            gr.Error: it was not taken, or its caller did not wait.
        """
        event = self._queue.event_ids_to_events.get(event_id or "")
        client = getattr(requests, "client", None)
        with asked_by("", client.host if client else ""):
            shares = block_fn.api_name == "classify"  # whose forwards are one
            question = Question(asker(), shares=shares, is_wanted=lambda: event is None or event.alive)
            try:
                async with self.turns.turn(question):
                    return await super().call_function(
                        block_fn, processed_input, iterator, requests, event_id, *more, **named
                    )
            except (BusyError, NoLongerWantedError) as error:
                raise gr.Error(str(error), print_exception=False) from error


def publish(shelf: Shelf) -> None:
    """Add the endpoints to the page that is being built."""
    look = _together()

    def classify(photo: Photo, checkpoint: str = "products", k: int = 5) -> dict[str, Any]:
        """The k likeliest labels of a photograph.

        Args:
            photo: an uploaded picture file.
            checkpoint: the name of a checkpoint; products is an EfficientNet-Lite0 now, and what was called so before
                is compact.
            k: how many labels, at least 1.
        Returns:
            {checkpoint, top_k: [{label, probability, logit}], output, strangeness, is_strange, remark, duration_s};
            strangeness and is_strange are null where the checkpoint carries no measure of it. `output` says what the
            network gives: "logits", or "probabilities", "log_probabilities", "independent" (a sigmoid each); then
            `logit` is null, and `probability` is the network's own number or its exponential. `remark` is a sentence
            where the picture is not quite what its file holds (a camera's raw file: its preview was used), else empty.
        """
        started = time.perf_counter()
        image, remark = open_remarked(photo_path(photo))
        return {
            "checkpoint": checkpoint,
            **look(shelf.classifier(checkpoint), image, k),
            "remark": remark,
            "duration_s": time.perf_counter() - started,
        }

    def networks() -> list[dict[str, str]]:
        """Every network of the page's menu.

        Returns:
            [{name, group, note}]: the name that all endpoints take, the menu's group, and a sentence about it.
            Torchvision's and timm's are understood without their prefix too.
        """
        asked: list[dict[str, Any]] = [{}, {"more": True}, {"more": "packages"}]
        groups = [group for request in asked for group in shelf.networks(request)]
        return [
            {"name": one["name"], "group": group["label"], "note": one["note"]}
            for group in groups
            for one in group["networks"]
        ]

    gr.api(plainly(networks), api_name="networks")
    gr.api(plainly(classify), api_name="classify")
    gr.api(plainly(output_size_of), api_name="output_size")
    gr.api(plainly(traced_network), api_name="trace_network")


def _together() -> Callable[["Classifier", npt.NDArray[np.uint8], int], dict[str, Any]]:
    """What looks at a picture; those that are asked about meanwhile go through the network together."""
    answers = functools.cache(_meeting)  # made at the first picture: the page is built without torch

    def look(classifier: "Classifier", image: npt.NDArray[np.uint8], k: int) -> dict[str, Any]:
        logits = answers().answers(classifier, classifier.preprocessing(image))
        judged = judgement(classifier, logits)
        return {
            "top_k": ranking(classifier.rank(logits, k)),
            "output": classifier.output,
            "strangeness": judged["strangeness"],
            "is_strange": judged["strange"],
        }

    return look


def _meeting() -> "Together":
    from explorer.predict.classifier import Classifier
    from explorer.predict.together import Together

    return Together(on_gpu(Classifier.answers))


def photo_path(photo: object) -> str:
    """The path of a caller's uploaded file.

    Raises:
        ImageError: something else was sent, or a file that was not uploaded.
    """
    if not isinstance(photo, dict):
        raise ImageError("The photo must be an uploaded file; with gradio_client, send handle_file(path).")
    return str(uploaded_path(photo.get("path")))


def plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with its `ExplorerError` as the sentence that a caller gets."""

    @functools.wraps(function)
    def answer(*arguments: object, **named: object) -> object:
        try:
            with remembering():
                return function(*arguments, **named)
        except ExplorerError as error:
            raise gr.Error(plain_text(str(error))) from error

    return answer
