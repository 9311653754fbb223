"""The Lessons over the checkpoints on board."""

import pytest

from explorer.settings import Settings
from explorer.ui.classifier.teach import Bases
from explorer.ui.lessons.course import Course
from explorer.ui.networks.menu import Shelf


@pytest.fixture(scope="session")
def course() -> Course:
    shelf = Shelf(Settings().checkpoints, "cpu")
    shelf.start()
    return Course(shelf, Bases(shelf))
