"""Scores by source, charts, and what a run says of itself."""

from pathlib import Path

import pytest
import torch

from explorer.data.cache import PictureSet
from explorer.data.labels import unify
from explorer.data.sources import Item
from explorer.training import distributed
from explorer.training.charts import heat_chart, line_chart
from explorer.training.records import ProgressBar, commit, processor, summary
from explorer.training.scores import best_epoch, score

SPACE = unify(
    {"shop": ["caps", "jeans", "ties"], "rough": ["legs", "head"]},
    {"rough": {"legs": ("jeans",), "head": ("caps", "ties")}},
)


def labelled(*pairs: tuple[str, str]) -> PictureSet:
    rows = SPACE.rows()
    items = tuple(Item(source, label, str(number), lambda: None) for number, (source, label) in enumerate(pairs))
    return PictureSet(
        torch.zeros(len(pairs), 3, 2, 2, dtype=torch.uint8), torch.tensor([rows[pair] for pair in pairs]), items
    )


def test_scores_by_hand():
    pictures = labelled(("shop", "caps"), ("shop", "ties"), ("rough", "head"), ("rough", "legs"))
    probabilities = torch.tensor([[0.6, 0.3, 0.1], [0.5, 0.3, 0.2], [0.3, 0.4, 0.3], [0.3, 0.4, 0.3]])
    found = score(probabilities.log(), pictures, SPACE)
    assert found["shop"]["pictures"] == 2
    assert found["shop"]["top1"] == 0.5
    assert found["shop"]["top3"] == 1.0
    assert found["rough"]["top1"] == 0.5  # head: 0.3 + 0.3 against 0.4; legs loses for the same reason
    assert found["rough"]["top1_all_classes"] == 0.5  # the likeliest single class is jeans, both times


def test_the_best_epoch_is_the_first_of_the_highest_mean():
    means = [(0.5, 0.5), (0.9, 0.3), (0.3, 0.9), (0.1, 0.9)]
    history = [{"validation": {"shop": {"top1": shop}, "rough": {"top1": rough}}} for shop, rough in means]
    assert best_epoch(history) == 2


def test_sources_without_pictures_have_no_score():
    assert set(score(torch.zeros(1, 3), labelled(("shop", "caps")), SPACE)) == {"shop"}


def test_charts_draw_their_lines_and_survive_strange_values():
    plain = line_chart("loss", {"loss": [3.0, 2.0, 1.0]})
    colours = {colour for _, colour in plain.getcolors(100_000)}
    assert (0, 107, 164) in colours
    for values in ([float("nan"), 1.0], [1.0], [2.0, 2.0], [float("inf")]):
        assert line_chart("loss", {"loss": values}).size == plain.size
    heat = heat_chart("norms", [{"conv": 1.0, "fc": 0.1}, {"conv": 0.01}])
    assert heat.height > 64 + 2 * 18
    dark = sum(count for count, colour in heat.getcolors(100_000) if colour == (8, 48, 107))
    assert dark > 50  # the largest norm


def test_an_epoch_is_one_line():
    line = {"epoch": 3, "size": 64, "loss": 1.23456, "validation": {"shop": {"top1": 0.5}}, "duration_s": 7.4}
    assert summary(line, 10) == "epoch 3/10  64 px  loss 1.235  shop 0.500  7 s"


def test_the_commit_is_one_or_nothing():
    found = commit()
    assert found == "" or len(found.removesuffix("+")) == 40


def test_the_processor_is_named_as_the_system_names_it():
    assert processor()
    try:
        known = Path("/proc/cpuinfo").read_text()
    except OSError:
        return
    assert processor() in known or "model name" not in known


def test_the_progress_bar_is_silent_without_a_terminal(capsys):
    bar = ProgressBar("epoch 1")
    bar.show(0.5)
    bar.clear()
    assert capsys.readouterr().err == ""
    bar.shown = True
    bar.show(0.5)
    assert "epoch 1 [###############               ]  50%" in capsys.readouterr().err


@pytest.mark.parametrize("count", [0, 1, 7, 12])
def test_parts_of_a_batch_cover_it_once(count, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    taken = []
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        taken += range(count)[distributed.own_part(count)]
    assert taken == list(range(count))
