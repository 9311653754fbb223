"""The fifth tab, Lessons: the list of steps; the card of an open step stands above whichever tab it opens."""

import gradio as gr

from explorer.ui.classifier.teach import Bases
from explorer.ui.component import instrument
from explorer.ui.lessons.course import Course
from explorer.ui.networks.menu import Shelf


def build_lessons_tab(shelf: Shelf, bases: Bases) -> gr.HTML:
    """The tab: one instrument, which is there before its tab is opened, so that a step's link shows its card."""
    course = Course(shelf, bases)
    return instrument("lessons", label="Lessons", functions=[course.lessons, course.lesson_numbers])
