"""What the document itself shows before any script has come: the example as a small picture, the tabs, what loads.

On a slow line gradio's scripts alone take seconds. This lies over the page, in the places that the page's own things
will have, until its left column shows the photograph and takes it away (`web/photo/main.js`).
"""

import base64
from functools import cache
from html import escape
from urllib.parse import parse_qs

from explorer.image import open_upload, render
from explorer.settings import EXAMPLES
from explorer.ui.uploads import example_names

TABS = {
    "filters": "Filters",
    "sizes": "Output sizes",
    "maps": "Feature maps",
    "classifier": "Classifier",
    "lessons": "Lessons",
}
MOST_BYTES = 20_000  # of the small picture
SIDES = (288, 240, 192, 128)  # pixels of its longer side: the first that is small enough
LOADS = "The page is loading: its scripts (about 0.4 MB), then the network."

_DARK = "--p: #14161b; --i: #f0f2f6; --s: #b4bccb; --l: #363c48; --f: #1c1f26;"
_STYLE = f"""
#first {{ --p: #fff; --i: #16181d; --s: #4a5160; --l: #d9dde5; --f: #f7f8fa; position: fixed; inset: 0; z-index: 9999;
  background: var(--p); color: var(--i); font: 15px/1.45 ui-sans-serif, system-ui, sans-serif; overflow: hidden;
  display: grid; grid-template: auto 1fr / 268px 1fr; gap: 0 28px; padding: 12px 20px; box-sizing: border-box; }}
#first.dark {{ {_DARK} }}
@media (prefers-color-scheme: dark) {{ #first:not(.light) {{ {_DARK} }} }}
#first h1 {{ grid-column: 1; font-size: 18px; line-height: 36px; font-weight: 600; margin: 0 4px 12px; }}
#first img, #first .none {{ grid-column: 1; display: block; width: 260px; height: 260px; margin: 0 4px;
  object-fit: contain; border: 1px solid var(--l); border-radius: 10px; background: var(--f); box-sizing: border-box; }}
#first ul {{ grid-area: 1 / 2; display: flex; gap: 24px; list-style: none; margin: 0; padding: 0; font-size: 16px;
  line-height: 36px; border-bottom: 1px solid var(--l); align-self: start; }}
#first p {{ grid-area: 2 / 2; margin: 12px 0; color: var(--s); }}
@media (max-width: 1099px) {{
  #first {{ grid-template: auto auto auto / 104px 1fr; align-content: start; padding: 8px 12px; }}
  #first h1 {{ grid-column: 1 / -1; }}
  #first img, #first .none {{ width: 104px; height: 104px; margin: 0; }}
  #first ul {{ grid-area: 3 / 1 / auto / -1; gap: 14px; font-size: 14px; flex-wrap: wrap; }}
}}
"""


def first_html(query: str) -> str:
    """The markup for the start of the body, by the page's query: its example, its theme."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    names = example_names()
    example = asked.get("photo.example", "")
    picture = "" if "photo.shared" in asked else _preview(example if example in names else names[0])
    image = f'<img src="{picture}" alt="The picture that is being opened">' if picture else '<div class="none"></div>'
    theme = asked.get("__theme", "")
    tabs = "".join(f"<li>{escape(name)}</li>" for name in TABS.values())
    shown = f"<h1>CNN Explorer</h1>{image}<ul>{tabs}</ul><p>{LOADS}</p>"
    look = theme if theme in {"light", "dark"} else ""
    return f'<style>{_STYLE}</style><div id="first" role="status" class="{look}">{shown}</div>'


@cache
def _preview(name: str) -> str:
    """A drawn picture as a data address of at most MOST_BYTES before its encoding."""
    image = open_upload(EXAMPLES / f"{name}.png")
    small = (render.picture_jpeg(image, side, quality=80) for side in SIDES)
    found = next(picture for picture in small if len(picture) <= MOST_BYTES)
    return "data:image/jpeg;base64," + base64.b64encode(found).decode()
