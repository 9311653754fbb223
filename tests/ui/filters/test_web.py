"""What the Filters tab's scripts may ask of Python, beside what Python answers."""

import re

from explorer.ui.filters.tab import build_filters_tab
from explorer.ui.web_files import WEB


def test_the_types_name_the_server_functions():
    part = build_filters_tab(None, None, None)
    types = (WEB / "types.d.ts").read_text("utf-8")
    interface = re.search(r"^export interface FiltersServer \{$(.*?)^\}$", types, re.MULTILINE | re.DOTALL)
    assert interface
    assert set(re.findall(r"^  (\w+): Ask<", interface[1], re.MULTILINE)) == {one.__name__ for one in part.server_fns}
