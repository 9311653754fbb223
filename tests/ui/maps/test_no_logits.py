"""A stack that gives no logits: its maps open, and no classes are invented for it."""

import pytest

from explorer.errors import ModelError

STACK = "stack:3x32x32:nn.Conv2d(3, 8, 3);nn.ReLU();nn.Flatten()"


def test_its_maps_open_and_a_sentence_stands_where_the_classes_would(tab, photo):
    from explorer.ui.uploads import Photograph

    token = tab.store.put(Photograph(photo, "photo.png", 90, 70), photo.nbytes)
    sheet = tab.open_network({"photo": token, "network": STACK})
    assert tab.sheet["no_logits"] == ""  # of a classifier there is nothing to say
    assert sheet["classes"] == []
    assert "7,200 numbers and no logit for each class" in sheet["no_logits"]
    columns = [column["layer"] for column in sheet["columns"]]
    links = tab.links({"token": sheet["token"], "layers": columns})
    assert links[-1] == []
    unit = tab.open_unit({"token": sheet["token"], "layer": sheet["output"], "channel": 2052, "y": 0, "x": 0})
    assert "class" not in unit["label"]
    with pytest.raises(ModelError, match="no logit for each class"):
        tab.what_if({"token": sheet["token"], "kind": "activations"})
