"""What the tab's scripts may ask of Python: their types name the functions that there are."""

import re

from explorer.ui.maps import tab as maps_tab
from explorer.ui.networks.own import OwnNetworks
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs
from explorer.ui.web_files import WEB


def test_the_scripts_types_name_the_tabs_server_functions(shelf, monkeypatch):
    handed = {}
    monkeypatch.setattr(maps_tab, "instrument", lambda name, **parts: handed.update(parts, name=name))
    store = Store(1_000_000, 60)
    maps_tab.build_maps_tab(Photographs(store), shelf, store, OwnNetworks("cpu", 1, 60))
    assert handed["name"] == "maps"
    interface = re.search(r"interface MapsServer \{\n(.*?)\n\}", (WEB / "types.d.ts").read_text("utf-8"), re.DOTALL)
    assert interface
    typed = re.findall(r"^  (\w+): Ask<", interface[1], re.MULTILINE)
    assert typed == [function.__name__ for function in handed["functions"]]
