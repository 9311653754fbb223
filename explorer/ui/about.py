"""What the page says of itself: what it keeps, where and how long; and what of the host's folder it could not use."""

from typing import Any

from explorer.settings import Settings
from explorer.ui.networks.menu import Shelf
from explorer.ui.turns import at_once


class About:
    """The server function."""

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf = shelf
        self._settings = settings

    @at_once
    def about(self, _request: dict[str, Any]) -> dict[str, int]:
        """For how many minutes things are kept, and how many files of the checkpoints' folder were left out."""
        return {"minutes": self._settings.store_minutes, "left_out": self._shelf.n_left_out}
