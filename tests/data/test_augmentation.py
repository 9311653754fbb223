"""Augmentation: each photograph its own numbers, known maps done by hand, recipes that keep what they promise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.data.augmentation import RECIPES, Draws, Recipe, _grid, augment, draw_numbers, find_recipe
from explorer.data.randaugment import OPERATIONS, _colour, _move, draw_operations, quantise
from explorer.errors import CatalogError

STILL = RECIPES["none"]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 3, height: int = 17, width: int = 17) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8, generator=generator(9))


def test_none_changes_nothing():
    batch = pictures()
    found = augment(batch, 17, draw_numbers(STILL, 3, generator()))
    assert (found - batch.float()).abs().max() < 1e-2


def test_the_grid_is_torchs_affine_grid():
    geometry = torch.randn(5, 2, 3, generator=generator())
    expected = torch.nn.functional.affine_grid(geometry, [5, 3, 13, 13], align_corners=False)
    assert torch.allclose(_grid(geometry, 13), expected, atol=1e-5)


def test_a_flip_is_a_flip():
    batch = pictures()
    found = augment(batch, 17, draw_numbers(replace(STILL, flip=1.0), 3, generator()))
    assert (found - batch.flip(3).float()).abs().max() < 1e-2
    upside_down = augment(batch, 17, draw_numbers(replace(STILL, flip_vertical=1.0), 3, generator()))
    assert (upside_down - batch.flip(2).float()).abs().max() < 1e-2


def test_quarter_turns_are_quarter_turns():
    batch = pictures(40)
    found = augment(batch, 17, draw_numbers(replace(STILL, quarter_turns=True), 40, generator()))
    turns = []
    for before, after in zip(batch.float(), found, strict=True):
        distances = [float((before.rot90(k, (1, 2)) - after).abs().max()) for k in range(4)]
        assert min(distances) < 1e-2
        turns.append(distances.index(min(distances)))
    assert set(turns) == {0, 1, 2, 3}


def test_a_cut_is_the_enlarged_part():
    batch = pictures(1, 32, 32)
    geometry = torch.tensor([[[0.5, 0.0, 0.5], [0.0, 0.5, -0.5]]])  # upper right quarter
    colour = torch.eye(3, 4)[None]
    found = augment(batch, 16, Draws(geometry, colour))
    assert (found - batch[:, :, :16, 16:].float()).abs().max() < 1e-2


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "none"])
def test_every_photograph_gets_numbers_of_its_own(name):
    batch = pictures(1).expand(6, -1, -1, -1)
    found = augment(batch, 17, draw_numbers(RECIPES[name], 6, generator()))
    for first in range(6):
        for second in range(first):
            assert not torch.allclose(found[first], found[second])
    assert found.min() >= 0
    assert found.max() <= 255


def test_the_same_numbers_give_the_same_pictures_and_batched_is_single():
    batch, draws = pictures(4), draw_numbers(RECIPES["product"], 4, generator(5))
    whole = augment(batch, 12, draws)
    assert torch.equal(whole, augment(batch, 12, draw_numbers(RECIPES["product"], 4, generator(5))))
    for index in range(4):
        chosen = slice(index, index + 1)
        assert torch.allclose(augment(batch[chosen], 12, draws.part(chosen)), whole[chosen], atol=1e-3)


def test_pictures_are_left_as_they_were():
    batch = pictures()
    before = batch.clone()
    augment(batch, 10, draw_numbers(RECIPES["natural"], 3, generator()))
    assert torch.equal(batch, before)


def test_tiny_moves_whole_pixels_and_blurs_none():
    batch = pictures(1, 32, 32).expand(40, -1, -1, -1)
    draws = draw_numbers(RECIPES["tiny"], 40, generator())
    found = augment(batch, 32, draws)
    padded = np.pad(batch[0].numpy(), ((0, 0), (4, 4), (4, 4)), mode="edge").astype(np.float32)
    cuts = [padded[:, y : y + 32, x : x + 32][:, :, ::turn] for y in range(9) for x in range(9) for turn in (1, -1)]
    matches = [[np.abs(one.numpy() - cut).max() < 0.01 for cut in cuts].index(True) for one in found]
    assert len(set(matches)) > 25
    assert torch.equal(augment(batch[3:5], 32, draws.part(slice(3, 5))), found[3:5])


def test_medical_never_flips():
    ramp = torch.arange(0, 255, 8, dtype=torch.uint8).expand(64, 3, 32, -1)  # brighter to the right
    found = augment(ramp.contiguous(), 16, draw_numbers(RECIPES["medical"], 64, generator()))
    assert (found[..., -1].mean((1, 2)) > found[..., 0].mean((1, 2))).all()
    flipped = augment(ramp.contiguous(), 16, draw_numbers(RECIPES["natural"], 64, generator()))
    share = float((flipped[..., -1].mean((1, 2)) < flipped[..., 0].mean((1, 2))).float().mean())
    assert 0.3 < share < 0.7


def test_colour_goes_by_a_coin_of_its_own():
    """Whether a photograph turns grey says nothing of its saturation, and changes no other photograph's numbers."""
    count, coloured = 4000, replace(STILL, saturation=0.5, brightness=0.2, hue_degrees=9.0)
    matrix = draw_numbers(coloured, count, generator()).colour
    tossed = draw_numbers(replace(coloured, grey=0.3), count, generator()).colour
    changed = (matrix != tossed).flatten(1).any(1)
    assert torch.equal(matrix[~changed], tossed[~changed])
    assert torch.allclose(tossed[changed][:, 0, :3], tossed[changed][:, 1, :3], atol=1e-6)  # one row: the same grey
    assert float(changed.float().mean()) == pytest.approx(0.3, abs=0.03)
    saturation = torch.rand(count, 16, generator=generator())[:, 8]
    assert not torch.equal(changed, (saturation * 997) % 1 < 0.3)


def test_a_quarter_turn_and_the_turn_on_top_are_two_numbers():
    recipe = replace(STILL, flip=0.0, quarter_turns=True, turn_degrees=40.0)
    geometry = draw_numbers(recipe, 400, generator()).geometry
    angle = torch.rad2deg(torch.atan2(-geometry[:, 0, 1], geometry[:, 0, 0])) % 360
    quarter, rest = torch.round(angle / 90) % 4, (angle + 45) % 90 - 45
    assert {(int(q), bool(r > 0)) for q, r in zip(quarter, rest, strict=True)} == {
        (q, sign) for q in range(4) for sign in (False, True)
    }


def test_grey_photographs_stay_grey_under_saturation_and_hue():
    grey = torch.full((8, 3, 6, 6), 90, dtype=torch.uint8)
    found = augment(grey, 6, draw_numbers(replace(STILL, saturation=0.9, hue_degrees=180), 8, generator()))
    assert (found - 90).abs().max() < 0.1


def test_brightness_multiplies():
    batch = torch.full((200, 3, 2, 2), 100, dtype=torch.uint8)
    found = augment(batch, 2, draw_numbers(replace(STILL, brightness=0.25), 200, generator()))[:, 0, 0, 0]
    assert 75 <= found.min() < 80
    assert 120 < found.max() <= 125


def test_erasing_covers_a_rectangle_and_only_where_drawn():
    batch = torch.zeros(300, 3, 20, 20, dtype=torch.uint8)
    draws = draw_numbers(replace(STILL, erase=0.5), 300, generator())
    found = augment(batch, 20, draws)
    touched = (found > 0).any(1).flatten(1).float().mean(1)
    assert 0.4 < float((touched > 0).float().mean()) < 0.6
    assert touched.max() < 0.45
    mask = (found[touched > 0][0] > 0).any(0)
    rows, columns = mask.any(1).sum(), mask.any(0).sum()
    assert mask.sum() >= 0.95 * rows * columns


@pytest.mark.parametrize(
    "changes", [{"brightness": 0.5}, {"contrast": 0.5}, {"operations": 2, "magnitude": 0.5}], ids=str
)
def test_one_channel_is_augmented_as_a_grey_photograph_of_three(changes):
    batch = pictures()[:, :1]
    draws = draw_numbers(replace(STILL, **changes), 3, generator())
    found, of_three = augment(batch, 17, draws), augment(batch.expand(-1, 3, -1, -1), 17, draws)
    assert (found - of_three).abs().max() < 1e-2
    assert (found - batch.float()).abs().max() > 5


def test_the_colour_of_what_is_erased_belongs_to_the_photograph():
    batch, draws = pictures(6), draw_numbers(replace(STILL, erase=1.0), 6, generator())
    whole, places = augment(batch, 17, draws), torch.tensor([4, 1])
    assert torch.allclose(augment(batch[places], 17, draws.part(places)), whole[places], atol=1e-3)


def test_unknown_recipe_lists_the_known():
    with pytest.raises(
        CatalogError, match="no augmentation recipe 'wild'; there are natural, product, medical, aerial, tiny, none"
    ):
        find_recipe("wild")


def test_random_operations_of_no_magnitude_change_nothing():
    recipe = Recipe(area=(1, 1), aspect=1, flip=0, operations=3, magnitude=0.0)
    batch = pictures(5)
    assert (augment(batch, 17, draw_numbers(recipe, 5, generator())) - batch.float()).abs().max() < 0.1


def test_random_operations_differ_by_photograph_and_all_occur():
    drawn = draw_operations(400, 1, 1.0, generator())
    assert (drawn.levels < 256).any()
    assert (drawn.fold < 1).any()
    assert (drawn.colour != torch.eye(4)).any(1).any(1).sum() > 60
    assert (drawn.geometry != torch.eye(3)).any(1).any(1).sum() > 100
    assert len(OPERATIONS) == 11


def one_of(name: str, amount: float) -> dict[str, torch.Tensor]:
    """Two photographs: the first meets one operation, the second none."""
    return {known: torch.tensor([amount if known == name else 0.0, 0.0]) for known in OPERATIONS}


@pytest.mark.parametrize(
    ("name", "amount", "expected"),
    [
        ("turn", 1.0, [[0.70711, -0.70711, 0], [0.70711, 0.70711, 0], [0, 0, 1]]),
        ("shear_x", 0.5, [[1, 0.2, 0], [0, 1, 0], [0, 0, 1]]),
        ("shear_y", -0.5, [[1, 0, 0], [-0.2, 1, 0], [0, 0, 1]]),
        ("shift_x", 1.0, [[1, 0, 0.8], [0, 1, 0], [0, 0, 1]]),
        ("shift_y", 0.25, [[1, 0, 0], [0, 1, 0.2], [0, 0, 1]]),
        ("solarise", 1.0, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    ],
)
def test_moves_by_hand(name, amount, expected):
    moved, still = _move(one_of(name, amount))
    assert torch.allclose(moved, torch.tensor(expected).float(), atol=1e-5)
    assert torch.equal(still, torch.eye(3))


@pytest.mark.parametrize(
    ("name", "amount", "colour"),
    [
        ("brightness", 0.5, (0.29, 0.58, 0.87)),  # (0.2, 0.4, 0.6) * 1.45
        ("contrast", 1.0, (-0.07, 0.31, 0.69)),  # 0.5 + 1.9 * (x - 0.5)
        ("saturation", -1.0, (0.3467, 0.3667, 0.3867)),  # a tenth of it, and 0.9 of 0.363, its grey
        ("turn", 1.0, (0.2, 0.4, 0.6)),
    ],
)
def test_colours_by_hand(name, amount, colour):
    changed, still = _colour(one_of(name, amount)) @ torch.tensor([0.2, 0.4, 0.6, 1.0])
    assert torch.allclose(changed[:3], torch.tensor(colour), atol=1e-5)
    assert torch.allclose(still[:3], torch.tensor([0.2, 0.4, 0.6]))


def test_posterise_and_solarise_by_hand():
    drawn = draw_operations(2, 0, 1.0, generator())
    drawn.levels[0], drawn.fold[1] = 2.0, 0.5
    pixels = torch.tensor([0.0, 100, 130, 255]).view(1, 1, 1, 4).repeat(2, 1, 1, 1)
    assert quantise(pixels, drawn)[0].flatten().tolist() == [0, 0, 128, 128]
    assert quantise(pixels, drawn)[1].flatten().tolist() == [0, 100, 125, 0]
