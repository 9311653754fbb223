"""timm's convolutional families, each network held against torch from its first layer to its last number.

python -m pytest -m sweep tests/others/test_timm.py -s      (prints the table; takes about half an hour)
"""

import statistics
import warnings
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch
from torch import nn

from explorer.networks.batch_norm import set_statistics
from tests.others.families import NETWORKS, WITH_CONSTANTS, WITHOUT_ATTENTION
from tests.others.judging import Judged, judged

LEAST_OPEN, LEAST_TIGHT = 0.92, 0.97  # shares, over all networks and over all fields
SIDES = ((96, 128), (128, 128))  # pixels; some take squares alone, some only what they were made for


@pytest.fixture(scope="module")
def timm() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("timm")


@pytest.fixture(scope="module")
def table() -> Iterator[dict[str, tuple[str, Judged]]]:
    """Name -> family and what was found, printed at the end."""
    rows: dict[str, tuple[str, Judged]] = {}
    yield rows
    print("\n| family | network | bit-equal | opened | not covered by operation | fields tight | mult-adds |")
    print("|---|---|---|---|---|---|---|")
    for name, (family, found) in sorted(rows.items(), key=lambda row: (row[1][0], row[0])):
        missing = ", ".join(f"{one.partition(':')[0]} × {count}" for one, count in found.uncovered.items()) or "–"
        equal = "yes" if not found.differing else f"no: {len(found.differing)}"
        counted = "=" if found.mult_adds[0] == found.mult_adds[1] else "{:,} of {:,}".format(*found.mult_adds)
        tight = f"{sum(found.tight)} of {len(found.tight)}"
        print(f"| {family} | {name} | {equal} | {found.opened} | {missing} | {tight} | {counted} |")


def built(timm: ModuleType, name: str) -> tuple[nn.Module, tuple[int, int]]:
    """The network with random weights, statistics of one pass, and the height and width that it takes.

    Weights that begin as zeros, so that a block begins as nothing, are drawn: what they let through shall be seen.
    """
    refused = []
    for size, options in ((SIDES[0], {}), (SIDES[1], {}), (SIDES[1], {"img_size": SIDES[1][0]}), (None, {})):
        torch.manual_seed(0)
        try:
            model = timm.create_model(name, pretrained=False, num_classes=10, **options).eval()
            taken = size or tuple(model.pretrained_cfg["input_size"][1:])
            with torch.no_grad():
                for parameter in model.parameters():
                    if not parameter.any():
                        parameter.normal_(0, 0.5)
            set_statistics(model, torch.randn(4, 3, *taken))
        except Exception as error:  # noqa: BLE001 -- timm's own refusal of a size
            refused.append(f"{size}: {error}")
        else:
            return model, taken
    raise AssertionError(f"{name} takes no size: {refused}")


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_what_torch_says_it_is(name, timm, table):
    model, size = built(timm, name)
    found = judged(model, torch.randn(1, 3, *size))
    table[name] = (type(model).__module__.rpartition(".")[2], found)
    assert found.differing == []
    assert found.wrong == []
    assert found.too_small == []
    assert found.shapes == []
    ours, torchs = found.mult_adds
    assert ours < torchs if name in WITH_CONSTANTS else ours == torchs
    assert found.opened > 10
    if name in WITHOUT_ATTENTION:
        assert not found.uncovered


@pytest.mark.sweep
def test_nearly_all_open_everywhere_and_nearly_all_fields_are_tight(table):
    """Over those that ran before it."""
    assert table
    assert statistics.mean(found.opens for _, found in table.values()) >= LEAST_OPEN
    assert statistics.mean(one for _, found in table.values() for one in found.tight) >= LEAST_TIGHT
    assert not {name: found.unsure for name, (_, found) in table.items() if found.unsure and not found.uncovered}


def test_the_families_are_many_and_small_networks_stand_for_them(timm):
    assert len(NETWORKS) == len(set(NETWORKS)) > 100
    assert set(NETWORKS) <= set(timm.list_models())
    modules = {timm.models._registry._model_to_module[name] for name in NETWORKS}
    assert len(modules) >= 65
