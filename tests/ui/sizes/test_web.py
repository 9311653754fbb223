"""What the tab "Output sizes" hands to the browser, and what the browser's types say of it."""

import re

from explorer.ui.sizes import tab
from explorer.ui.web_files import WEB


def test_the_types_name_the_functions_that_the_browser_may_call(monkeypatch):
    given = {}
    monkeypatch.setattr(tab, "instrument", lambda name, **options: given.update(options, name=name))
    tab.build_sizes_tab()
    assert given["name"] == "sizes"
    body = re.search(r"interface SizesServer \{(.*?)\n\}", (WEB / "types.d.ts").read_text("utf-8"), re.DOTALL)
    assert body
    typed = re.findall(r"^  (\w+): Ask<", body[1], re.MULTILINE)
    assert sorted(typed) == sorted(function.__name__ for function in given["functions"])
