"""Tab 4, Classifier: the top-k as soon as the photograph lands, and everything behind it one click away."""

from explorer.ui.answers import Answers
from explorer.ui.classifier.many import Piles
from explorer.ui.classifier.mistakes import Mishaps
from explorer.ui.classifier.why import Reasons
from explorer.ui.component import Instrument
from explorer.ui.networks.menu import Shelf
from explorer.ui.uploads import Photographs

SCRIPTS = ("numbers", "figure", "softmax", "card", "views", "heat", "sum", "why", "mistakes")
SCRIPTS_OF_MANY = ("table", "lines", "pile", "many")


def build_classifier_tab(photographs: Photographs, shelf: Shelf) -> Instrument:
    """The tab: one instrument whose panels ask for what they show."""
    answers, reasons, mishaps = Answers(photographs, shelf), Reasons(photographs, shelf), Mishaps(photographs, shelf)
    piles = Piles(shelf)
    return Instrument(
        "classifier",
        scripts=["shared/colour", "shared/wording", *(f"classifier/{name}" for name in (*SCRIPTS, *SCRIPTS_OF_MANY))],
        label="Classifier",
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
        ],
    )
