"""What the Classifier's script may ask of Python, as types.d.ts tells it."""

import re

from explorer.ui.classifier.tab import build_classifier_tab
from explorer.ui.classifier.teach import Bases, Lessons
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import OwnNetworks
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs
from explorer.ui.web_files import WEB


def test_the_types_name_what_the_tab_hands_to_its_script(tmp_path):
    types = (WEB / "types.d.ts").read_text("utf-8")
    body = re.search(r"^export interface ClassifierServer \{\n(.*?)^\}", types, re.MULTILINE | re.DOTALL)
    assert body
    named = re.findall(r"^  (\w+): Ask<", body[1], re.MULTILINE)
    shelf = Shelf(tmp_path, "cpu")
    lessons = Lessons(Bases(shelf), OwnNetworks("cpu", 1, 60), 60)
    part = build_classifier_tab(Photographs(Store(1_000_000, 60)), shelf, lessons)
    handed = [function.__name__ for function in part.server_fns]
    assert len(handed) > 5
    assert named == handed


def test_the_script_asks_for_every_function_and_for_no_other():
    scripts = "".join(path.read_text("utf-8") for path in sorted((WEB / "classifier").glob("*.js")))
    types = (WEB / "types.d.ts").read_text("utf-8").split("export interface ClassifierServer")[1].split("\n}")[0]
    asked = set(re.findall(r"\bserver\.(\w+)\(", scripts)) | set(re.findall(r'panel\.ask\("(\w+)"', scripts))
    assert asked == set(re.findall(r"^  (\w+): Ask<", types, re.MULTILINE))
