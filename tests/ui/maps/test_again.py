"""A recording that had to go is made again without a word, as long as its photograph and its network are there."""

import pytest

from explorer.errors import ExplorerError, ModelError
from explorer.ui.maps.recording import Recording

STACK = "stack:3x16x16:nn.Conv2d(3, {}, 3);nn.ReLU();nn.Flatten();nn.Linear({}, 4)"
ONE, TWO = STACK.format(2, 392), STACK.format(3, 588)
UNIT = {"layer": "stage2.0.relu1", "channel": 3, "y": 2, "x": 1}


def forgotten(tab) -> None:
    tab.store.let_go(lambda _: True)
    assert not tab.store.token_of(Recording, lambda _: True)


def test_it_answers_the_same_as_before(tab):
    first = [tab.open_unit({"token": tab.token, **UNIT}), tab.columns({"token": tab.token, "layers": ["stem.conv"]})]
    forgotten(tab)
    assert [
        tab.open_unit({"token": tab.token, **UNIT}),
        tab.columns({"token": tab.token, "layers": ["stem.conv"]}),
    ] == first


def test_the_same_sheet_asked_for_twice_is_recorded_once(tab):
    photo = tab.store.get(tab.token, Recording).photo_token
    again = tab.open_network({"photo": photo, "network": "products"})
    assert again == tab.sheet


def test_without_its_photograph_it_is_gone(tab):
    photo = tab.store.get(tab.token, Recording).photo_token
    forgotten(tab)
    tab.store.drop(photo)
    with pytest.raises(ExplorerError, match="no longer kept here; please choose the photograph again"):
        tab.open_unit({"token": tab.token, **UNIT})


def test_a_network_that_was_let_go_is_not_held_by_its_sheets(tab, shelf, monkeypatch):
    monkeypatch.setattr(shelf, "_networks_mb", 0)  # one beside the checkpoints, as there must be
    photo = tab.store.get(tab.token, Recording).photo_token
    sheet = tab.open_network({"photo": photo, "network": ONE})
    tab.open_network({"photo": photo, "network": TWO})
    assert not tab.store.token_of(Recording, lambda one: one.network.name == ONE)
    assert tab.tree({"token": sheet["token"]})  # loaded again, and looked at again
    assert tab.store.token_of(Recording, lambda one: one.network.name == ONE)


def test_activations_larger_than_the_host_keeps_are_refused(tab, monkeypatch):
    photo = tab.store.get(tab.token, Recording).photo_token
    monkeypatch.setattr(tab.store, "max_bytes", 100)
    with pytest.raises(ModelError, match=r"takes 1 MB; up to 0 MB are kept here"):
        tab.open_network({"photo": photo, "network": ONE})
