"""The left column of all tabs: the photograph in use, its examples, and the network that looks at it."""

from explorer.ui.answers import Answers
from explorer.ui.component import Instrument
from explorer.ui.networks.menu import Shelf
from explorer.ui.uploads import Photographs


def build_photo_column(photographs: Photographs, shelf: Shelf) -> Instrument:
    """The left column: the photograph, its examples, and the network that looks at it."""
    return Instrument(
        "photo",
        label="Photograph",
        scripts=["shared/wording", "photo/moves", "photo/answer"],
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
