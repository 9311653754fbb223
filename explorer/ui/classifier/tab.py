"""Tab 4, Classifier: the top-k as soon as the photograph lands, and everything behind it one click away."""

import gradio as gr

from explorer.settings import Settings
from explorer.ui.answers import Answers
from explorer.ui.classifier.many import Piles
from explorer.ui.classifier.mistakes import Mishaps
from explorer.ui.classifier.teach import Lessons
from explorer.ui.classifier.why import Reasons
from explorer.ui.component import instrument
from explorer.ui.networks.menu import Shelf
from explorer.ui.uploads import Photographs


def build_classifier_tab(
    photographs: Photographs, shelf: Shelf, lessons: Lessons, photo_mb: int = Settings.photo_mb
) -> gr.HTML:
    """The tab: one instrument whose panels ask for what they show."""
    answers, reasons, mishaps = Answers(photographs, shelf), Reasons(photographs, shelf), Mishaps(photographs, shelf)
    piles = Piles(shelf)
    return instrument(
        "classifier",
        label="Classifier",
        host={"photo_mb": photo_mb},
        functions=[
            answers.card,
            answers.views,
            reasons.layers,
            reasons.grad_cam,
            reasons.exact_sum,
            reasons.occlusion,
            mishaps.mistakes,
            mishaps.make_mistake,
            mishaps.tally,
            piles.open_zip,
            piles.label_files,
            piles.table_file,
            piles.classify_entries,
            piles.classify_files,
            lessons.open_class_zip,
            lessons.look_at_files,
            lessons.look_at_entries,
            lessons.teach,
            lessons.learning_steps,
            lessons.learning_slope,
        ],
    )
