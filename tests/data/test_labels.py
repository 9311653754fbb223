"""Labels of several sources in one space."""

import pytest
import torch

from explorer.data.labels import KNOWN_COARSE, read_coarse, unify
from explorer.errors import CatalogError


def test_fine_labels_of_several_sources_become_one_list():
    space = unify({"shop": ["jeans", "caps", "jeans"], "drawn": ["caps", "sarees"]})
    assert space.classes == ("caps", "jeans", "sarees")
    assert space.label_sets["shop"] == {"caps": ("caps",), "jeans": ("jeans",)}


def test_a_coarse_label_is_a_set_of_classes():
    space = unify({"shop": ["jeans", "trousers"], "clothing": ["pants", "dress"]}, KNOWN_COARSE)
    assert space.label_sets["clothing"]["pants"] == ("jeans", "track-pants", "trousers")
    row = space.rows()["clothing", "pants"]
    members = space.members()[row]
    assert [name for name, inside in zip(space.classes, members.tolist(), strict=True) if inside] == [
        "jeans",
        "track-pants",
        "trousers",
    ]
    assert space.members().dtype == torch.bool
    assert space.members().any(1).all()


def test_rows_and_members_agree():
    space = unify({"b": ["x", "y"], "a": ["y", "z"]})
    for (source, label), row in space.rows().items():
        assert space.classes[int(space.members()[row].int().argmax())] == label, source


def test_coarse_labels_of_clothing_do_not_overlap():
    table = KNOWN_COARSE["clothing"]
    assert len(table) == 10
    members = [name for names in table.values() for name in names]
    assert len(members) == len(set(members))


def test_no_labels_and_empty_sets_are_sentences():
    with pytest.raises(CatalogError, match="No labels were found"):
        unify({"shop": []})
    with pytest.raises(CatalogError, match="'pants' of 'shop' stands for no class"):
        unify({"shop": ["pants"]}, {"shop": {"pants": ()}})


def test_a_table_is_read_from_json(tmp_path):
    path = tmp_path / "sets.json"
    path.write_text('{"shop": {"legs": ["jeans", "shorts"]}}')
    assert read_coarse(str(path)) == {"shop": {"legs": ("jeans", "shorts")}}
    assert read_coarse("{}") == {}
    assert read_coarse('{"a": {"b": ["c"]}}') == {"a": {"b": ("c",)}}
    for broken in ("[1, 2]", "{", '{"shop": 3}'):
        path.write_text(broken)
        with pytest.raises(CatalogError, match="no table of label sets"):
            read_coarse(str(path))
