#!/usr/bin/env bash
# gradio 6.31.0: the font file that it ships for the weight 600, SourceSansPro-SemiBold.woff2, has 55 glyphs, two of them Latin
# letters, while its regular and bold files map 1,615 characters each. A theme with LocalFont("Source Sans Pro", weights=(400,
# 600)) asks for that file, and every semi-bold word falls back to another font without a warning.
# Good guess: three files of one family cover the same letters.
# Seen: "Regular: 52 of 52 letters; SemiBold: 2 of 52 letters; Bold: 52 of 52 letters"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps gradio==6.31.0 fonttools==4.60.1 brotli==1.2.0
seen=$("$folder/venv/bin/python" - "$folder"/venv/lib/python3*/site-packages/gradio <<'PYTHON'
import string, sys
from pathlib import Path
from fontTools.ttLib import TTFont
fonts = Path(sys.argv[1]) / "templates/frontend/static/fonts/SourceSansPro"
said = []
for weight in ("Regular", "SemiBold", "Bold"):
    known = TTFont(fonts / f"SourceSansPro-{weight}.woff2").getBestCmap()
    said.append(f"{weight}: {sum(ord(one) in known for one in string.ascii_letters)} of 52 letters")
print("; ".join(said))
PYTHON
)
echo "$seen"
test "$seen" = "Regular: 52 of 52 letters; SemiBold: 2 of 52 letters; Bold: 52 of 52 letters"
