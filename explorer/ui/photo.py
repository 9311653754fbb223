"""The left column of all tabs: the photograph in use, its examples, and the network that looks at it."""

from collections.abc import Sequence

import gradio as gr

from explorer.settings import Settings
from explorer.ui.answers import Answers
from explorer.ui.component import Answer, instrument
from explorer.ui.networks.along import TakeAlong
from explorer.ui.networks.menu import Shelf
from explorer.ui.sharing import Sharing
from explorer.ui.uploads import Photographs


def build_photo_column(
    photographs: Photographs,
    shelf: Shelf,
    sharing: Sharing,
    along: TakeAlong,
    own: Sequence[Answer],
    photo_mb: int = Settings.photo_mb,
) -> gr.HTML:
    """The left column: the photograph, its examples, and the network that looks at it.

    Args:
        own: what else it may ask: about the page, and to forget what is kept.
    """
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
            sharing.sharing,
            sharing.lesson_file,
            sharing.open_lesson,
            sharing.open_kept,
            sharing.share_photo,
            sharing.open_shared,
            shelf.networks,
            along.take_network,
            Answers(photographs, shelf).classify,
            *own,
        ],
    )
