"""The left column of all tabs: the photograph in use, its examples, and the network that looks at it."""

import gradio as gr

from explorer.settings import Settings
from explorer.ui.answers import Answers
from explorer.ui.component import instrument
from explorer.ui.networks.menu import Shelf
from explorer.ui.uploads import Photographs


def build_photo_column(photographs: Photographs, shelf: Shelf, photo_mb: int = Settings.photo_mb) -> gr.HTML:
    """The left column: the photograph, its examples, and the network that looks at it."""
    return instrument(
        "photo",
        label="Photograph",
        host={"photo_mb": photo_mb},
        functions=[
            photographs.examples,
            photographs.open_photo,
            photographs.open_example,
            photographs.move_photo,
            photographs.working_picture,
            shelf.networks,
            Answers(photographs, shelf).classify,
        ],
    )
