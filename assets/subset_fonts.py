"""Write the page's two font files: the letters that the page uses, out of the Source Sans that gradio brings along.

    python assets/subset_fonts.py

Gradio's own files have 1,615 letters each and weigh 206 KB together, more than all of the page's scripts. The licence
(SIL OFL 1.1, beside the files) reserves the name "Source", so the subset goes by another.
"""

from pathlib import Path

import gradio
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SOURCE = Path(gradio.__file__).parent / "templates/frontend/static/fonts/SourceSansPro"
TARGET = Path(__file__).resolve().parents[1] / "explorer/ui/web/shared/fonts"
NAME = "Explorer Sans"
# Latin, Greek, dashes and dots, arrows
RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x391, 0x3C9),
    (0x2010, 0x2026),
    (0x2190, 0x2193),
)
FEATURES = ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "tnum"]
SINGLE = "‰′″€™∂∆∏∑−∕√∞∫≈≠≤≥▲▶▼◀●\u202f"

for weight in ("Regular", "Bold"):
    font = TTFont(SOURCE / f"SourceSansPro-{weight}.woff2")
    subsetter = Subsetter(Options(flavor="woff2", layout_features=FEATURES))
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)], text=SINGLE)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in {1, 3, 4, 6, 16}:
            record.string = NAME.replace(" ", "") if record.nameID == 6 else NAME
    font.flavor = "woff2"
    file = TARGET / f"explorer-sans-{weight.lower()}.woff2"
    font.save(file)
    print(f"{file.name}: {len(font.getBestCmap())} letters, {file.stat().st_size:,} bytes")
