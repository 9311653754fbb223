"""The Lessons: their tab has the list of steps; the card of an open step stands above whichever tab it opens."""

import gradio as gr

from explorer.ui.classifier.teach import Bases
from explorer.ui.component import instrument
from explorer.ui.lessons.course import Course
from explorer.ui.networks.menu import Shelf


def build_lessons_tab() -> gr.HTML:
    """The tab: a place for the list."""
    return gr.HTML(elem_id="lessons-place", elem_classes=["instrument"], container=False, padding=False)


def build_lessons(shelf: Shelf, bases: Bases) -> gr.HTML:
    """The part that draws list and card: outside of all tabs, whose children come only when they are opened."""
    course = Course(shelf, bases)
    return instrument("lessons", label="Lessons", functions=[course.lessons, course.lesson_numbers])
