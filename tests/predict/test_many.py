"""Many photographs: zips that mean no good, labels, the table, and the shell command that streams and resumes."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import torch
from PIL import Image

from explorer.checkpoint import save
from explorer.checkpoint.file import Card, stored_digest
from explorer.classify import ClassifyOptions, answers, main
from explorer.image import open_upload
from explorer.models import build_model
from explorer.predict import Classifier, many
from explorer.predict.answer_files import safe_cell, table_file
from explorer.predict.labelling import label_of
from explorer.predict.many import photograph_paths
from explorer.predict.strangeness import Strangeness
from explorer.predict.tables import read_labels
from explorer.preprocessing import Preprocessing
from explorer.settings import ROOT

CLASSES = ("red things", "green", "sports-shoes")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    torch.manual_seed(2)
    card = Card(
        "lenet5",
        {"num_classes": 3, "in_channels": 3},
        CLASSES,
        Preprocessing(size=32),
        {"colours": {"warm": CLASSES[:1], "other": CLASSES[1:]}},
        calibration={"strangeness": Strangeness(torch.zeros(1, 3), torch.eye(3), 1.0, 1.0, -0.5).to_json()},
    )
    return save(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors", build_model("lenet5", 3), card)


@pytest.fixture(scope="module")
def classifier(checkpoint) -> Classifier:
    return Classifier.load(checkpoint)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Nine photographs in folders, one that is none, and what a folder also holds."""
    rng = np.random.default_rng(8)
    for number in range(9):
        place = tmp_path / "photos" / ("red_things", "green", "loose")[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 255, (40 + number, 61, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.{'png' if number % 2 else 'jpg'}")
    (tmp_path / "photos" / "green" / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    (tmp_path / "photos" / ".hidden.png").write_bytes(b"x")
    return tmp_path / "photos"


# --- labels and the table


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("green/1.jpg", "green"),
        ("a/GREEN/b/1.jpg", "green"),
        ("Red_Things/1.jpg", "red things"),
        ("windows\\sports shoes\\1.jpg", "sports-shoes"),
        ("greenish/1.jpg", ""),
        ("green.jpg", ""),
    ],
)
def test_the_nearest_folder_with_a_known_name_labels(name, label):
    assert label_of(name, CLASSES) == label


def test_labels_come_from_a_table_with_the_two_columns():
    assert read_labels(b'Photo, Label\n"a, b.jpg",green\nc.jpg,\n') == {"a, b.jpg": "green"}
    assert read_labels(b"file,colour\na.jpg,green\n") == {}
    assert read_labels(b"") == {}


def test_no_cell_is_a_formula(classifier):
    line = many.TableLine(
        "=cmd|' /C calc'!A0", tuple(classifier.top_k(np.zeros((9, 9, 3), np.uint8), 2)), True, label="+1"
    )
    rows = list(csv.DictReader(io.StringIO(table_file("csv", [line], 2).decode("utf-8-sig"))))
    assert rows[0]["file"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["label"] == "'+1"
    assert rows[0]["strange"] == "true"
    assert float(rows[0]["probability_1"]) == pytest.approx(line.top[0].probability, abs=1e-6)
    assert safe_cell("shoes") == "shoes"


def test_walking_finds_photographs_everywhere_and_nothing_else(folder):
    found = sorted(Path(path).name for path in photograph_paths([str(folder)]))
    assert found == sorted([*(f"{n}.{'png' if n % 2 else 'jpg'}" for n in range(9)), "broken.jpg"])
    assert list(photograph_paths(["named.txt"])) == ["named.txt"]


# --- the shell command


def test_batches_answer_as_single_pictures_do(classifier, folder):
    paths = sorted(photograph_paths([str(folder)]))
    lines = list(answers(classifier, paths, ClassifyOptions((), k=3, batch_size=4)))
    assert [line.file for line in lines] == paths
    for line in lines:
        if line.error:
            assert line.file.endswith("broken.jpg")
            continue
        single = classifier.top_k(open_upload(line.file), 3)
        assert [one.label for one in line.top] == [one.label for one in single]
        assert [one.logit for one in line.top] == pytest.approx([one.logit for one in single], abs=1e-4)
        assert line.strange == classifier.is_strange(open_upload(line.file))
    assert sum(bool(line.error) for line in lines) == 1


def test_decoding_never_runs_far_ahead(classifier, folder):
    """A folder of a million is read as it is answered: at most three batches are under way."""
    taken = []

    def paths():
        for _ in range(1000):
            taken.append(1)
            yield str(folder / "loose" / "2.jpg")

    stream = answers(classifier, paths(), ClassifyOptions((), batch_size=4))
    for _ in range(5):
        next(stream)
    assert len(taken) <= 16
    stream.close()


def test_csv_and_json_hold_the_same(checkpoint, folder, tmp_path, capsys):
    status = main([str(folder), "--checkpoint", str(checkpoint), "--k", "2"])
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert status == 1
    assert main([str(folder), "--checkpoint", str(checkpoint), "--k", "2", "--format", "json"]) == 1
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert "9 answered, 1 could not be read." in printed.err
    assert len(table) == len(lines) == 10
    for row, line in zip(table, lines, strict=True):
        assert row["file"] == line["file"]
        assert row["label"] == line["label"] == label_of(line["file"], CLASSES)
        assert row["error"] == line["error"]
        if not line["error"]:
            assert row["label_1"] == line["top_k"][0]["label"]
            assert float(row["probability_2"]) == pytest.approx(line["top_k"][1]["probability"], abs=1e-6)


@pytest.mark.parametrize(("name", "more"), [("answers.xlsx", []), ("answers.table", ["--format", "xlsx"])])
def test_a_workbook_holds_what_the_csv_holds(checkpoint, folder, tmp_path, name, more):
    command = [str(folder), "--checkpoint", str(checkpoint), "--k", "2", "--batch-size", "4"]
    assert main([*command, "--output", str(tmp_path / name), *more]) == 1
    assert main([*command, "--output", str(tmp_path / "answers.csv")]) == 1
    rows = list(csv.reader(io.StringIO((tmp_path / "answers.csv").read_text("utf-8-sig"), newline="")))
    with (tmp_path / name).open("rb") as file:
        cells = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    assert len(cells) == len(rows) == 11
    for row, values in zip(rows, cells, strict=True):
        for text, value in zip(row, values, strict=True):
            assert float(text) == pytest.approx(value, abs=1e-4) if isinstance(value, float) else text == (value or "")


def test_json_is_told_by_its_ending(checkpoint, folder, tmp_path):
    command = [str(folder / "loose"), "--checkpoint", str(checkpoint), "--output", str(tmp_path / "a.jsonl")]
    assert main(command) == 0
    before = (tmp_path / "a.jsonl").read_text()
    assert [set(json.loads(line)) for line in before.splitlines()] == [
        {"file", "label", "top_k", "strange", "error", "remark"}
    ] * 3
    assert main([*command, "--resume"]) == 0
    assert (tmp_path / "a.jsonl").read_text() == before


def test_a_label_set_sums_and_labels(checkpoint, classifier, folder, capsys):
    warm = shutil.copytree(folder / "loose", folder / "Warm")
    assert main([str(warm), "--checkpoint", str(checkpoint), "--labels", "colours", "--k", "2"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 3
    for row in rows:
        shares = {one.label: one.probability for one in classifier.top_k(open_upload(row["file"]), 3)}
        found = {row[f"label_{rank}"]: float(row[f"probability_{rank}"]) for rank in (1, 2)}
        other = shares["green"] + shares["sports-shoes"]
        assert found == pytest.approx({"warm": shares["red things"], "other": other}, abs=1e-5)
        assert row["label"] == "warm"


def test_a_cut_run_goes_on_where_it_was(checkpoint, folder, tmp_path, capsys):
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    command = [str(folder), "--checkpoint", str(checkpoint)]
    main([*command, "--output", str(whole)])
    lines = whole.read_text().splitlines(keepends=True)
    cut.write_text("".join(lines[:5]) + lines[5][:17])  # a kill in the middle of a line
    main([*command, "--output", str(cut), "--resume"])
    assert sorted(cut.read_text().splitlines()) == sorted(whole.read_text().splitlines())
    answered, unread = re.findall(r"(\d+) answered, (\d+) could", capsys.readouterr().err)[-1]
    assert int(answered) + int(unread) == 6  # of ten, four were there
    before = cut.read_text()
    main([*command, "--output", str(cut), "--resume"])
    assert cut.read_text() == before


def test_a_list_on_stdin_and_a_cut_pipe(checkpoint, folder):
    command = [sys.executable, "-m", "explorer.classify", "-", "--checkpoint", str(checkpoint)]
    listed = "\n".join(sorted(photograph_paths([str(folder)]))[:2]) + "\n/nowhere/at all.jpg\n"
    done = subprocess.run(command, input=listed, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [bool(row["error"]) for row in rows] == [False, False, True]
    assert "could not be found" in rows[2]["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x.jpg", "--checkpoint", "nothing"], "There is no checkpoint 'nothing'"),
        (["x.jpg", "-"], "comes alone"),
        (["x.jpg", "--resume"], "--resume needs --output FILE"),
        (["x.jpg", "--k", "0"], "k is 0"),
        (["x.jpg", "--format", "xlsx"], "--format xlsx needs --output FILE"),
        (["x.jpg", "--output", "a.xlsx", "--resume"], "A workbook cannot be gone on with"),
        (["x.jpg", "--output", "a.xlsx", "--format", "csv"], "--format csv makes no workbook"),
        (["x.jpg", "--labels", "typo"], "no label set 'typo'; it has: catalogue, clothing, drawn."),
    ],
)
def test_a_mistake_in_the_command_is_one_line_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def begun(checkpoint: Path, folder: Path, tmp_path: Path) -> tuple[list[str], Path]:
    """A command that has written its table once, and that table."""
    output = tmp_path / "out.csv"
    command = [str(folder / "loose"), "--checkpoint", str(checkpoint), "--output", str(output)]
    main(command)
    return command, output


def test_resuming_with_another_k_is_refused(checkpoint, folder, tmp_path, capsys):
    command, _ = begun(checkpoint, folder, tmp_path)
    assert main([*command, "--resume", "--k", "5"]) == 2
    assert "resume with the k it began with" in capsys.readouterr().err


def test_resuming_what_another_command_wrote_is_a_sentence(checkpoint, folder, tmp_path, capsys):
    command, _ = begun(checkpoint, folder, tmp_path)
    assert main([*command, "--resume", "--format", "json"]) == 2
    assert "not this command's JSON" in capsys.readouterr().err
    assert main([*command, "--resume", "--labels", "colours"]) == 2
    assert "none of the labels asked for" in capsys.readouterr().err


def test_a_run_cut_inside_a_name_with_a_line_break_goes_on(checkpoint, folder, tmp_path):
    odd = folder / "loose" / "new\nline.jpg"
    shutil.copy(folder / "loose" / "2.jpg", odd)
    command, output = begun(checkpoint, folder, tmp_path)
    whole = output.read_bytes()
    for cut in (whole.index(b"line.jpg") + 3, whole.index(b"line.jpg"), len(whole) - 1):
        output.write_bytes(whole[:cut])
        main([*command, "--resume"])
        with output.open(newline="") as lines, io.StringIO(whole.decode(), newline="") as expected:
            assert sorted(map(tuple, csv.reader(lines))) == sorted(map(tuple, csv.reader(expected)))


def test_a_list_of_another_system_or_with_a_null_is_read_to_its_end(checkpoint, folder, monkeypatch, capsys):
    good = folder / "loose" / "2.jpg"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{good}\r\n\r\na\0b.jpg\n{good}\n"))
    assert main(["-", "--checkpoint", str(checkpoint)]) == 1
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert [(row["file"], bool(row["label_1"])) for row in rows] == [
        (str(good), True),
        ("a\0b.jpg", False),
        (str(good), True),
    ]
    assert "2 answered, 1 could not be read" in printed.err


def test_file_names_of_any_bytes_pass(checkpoint, folder, tmp_path):
    odd = folder / "loose" / 'with, comma "quote"\nline.jpg'
    shutil.copy(folder / "loose" / "2.jpg", odd)
    output = tmp_path / "out.csv"
    main([str(folder / "loose"), "--checkpoint", str(checkpoint), "--output", str(output)])
    with output.open(encoding="utf-8-sig", newline="") as lines:
        assert str(odd) in [row["file"] for row in csv.DictReader(lines)]


def test_tables_in_a_folder_label_in_the_shell_and_its_own_output_is_none(checkpoint, folder, capsys):
    shutil.copy(folder / "loose" / "2.jpg", folder / "green" / "2.jpg")
    (folder / "loose" / "labels.csv").write_bytes(b"file;label\r\n2.jpg;red things\r\nnot.jpg;green\r\n")
    output = folder / "answers.csv"
    for more in ([], ["--resume"]):
        assert main([str(folder), "--checkpoint", str(checkpoint), "--output", str(output), *more]) == len(more) ^ 1
        printed = capsys.readouterr().err
        assert "1 row of loose/labels.csv names no photograph that is here, “not.jpg” for example." in printed
        assert "answers.csv" not in printed
    assert output.read_bytes().startswith(b"\xef\xbb\xbffile,")
    with output.open(encoding="utf-8-sig", newline="") as lines:
        labels = {Path(row["file"]).relative_to(folder).as_posix(): row["label"] for row in csv.DictReader(lines)}
    assert labels["loose/2.jpg"] == "red things"
    assert labels["green/2.jpg"] == "green"
    assert labels["loose/5.png"] == ""


def test_how_a_run_went_stands_beside_its_table(checkpoint, classifier, folder, tmp_path, capsys):
    table = tmp_path / "a.csv"
    assert main([str(folder), "--checkpoint", str(checkpoint), "--output", str(table), "--batch-size", "4"]) == 1
    kept = json.loads((tmp_path / "a.csv.meta.json").read_text())
    assert (kept["answered"], kept["unread"], kept["settings"]["precision"]) == (9, 1, "float32")
    assert kept["checkpoint_sha256"] == stored_digest(classifier.model, classifier.card)
    assert set(kept["waited_for"]) == {"reading", "computing"}
    assert 0 < sum(kept["waited_for"].values()) <= 1
    assert "against_float32" not in kept
    assert "of the time waited for" in capsys.readouterr().err


def test_bfloat16_says_how_far_it_is_from_float32(checkpoint, classifier, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("explorer.networks.twin.bfloat16_refused", lambda _device: "")
    monkeypatch.setattr("explorer.classify.bfloat16_refused", lambda _device: "")
    table = tmp_path / "a.json"
    command = [str(folder / "loose"), "--checkpoint", str(checkpoint), "--output", str(table)]
    assert main([*command, "--precision", "bfloat16"]) == 0
    checked = json.loads((tmp_path / "a.json.meta.json").read_text())["against_float32"]
    assert checked["photographs"] == 3
    lines = [json.loads(line) for line in table.read_text().splitlines()]
    whole = [classifier.top_k(open_upload(line["file"]), 3) for line in lines]
    same = [line["top_k"][0]["label"] == one[0].label for line, one in zip(lines, whole, strict=True)]
    assert checked["same_first_label"] == sum(same)
    apart = [
        abs(of["probability"] - next(other.probability for other in one if other.label == of["label"]))
        for line, one in zip(lines, whole, strict=True)
        for of in line["top_k"]
    ]
    assert checked["largest_difference"] == pytest.approx(max(apart), abs=1e-6)
    assert 0 < max(apart) < 0.1
    assert f"Of 3 that float32 answered too, {sum(same)} have the same first label" in capsys.readouterr().err


def test_bfloat16_is_refused_where_the_processor_has_none(checkpoint, folder, monkeypatch, capsys):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert main([str(folder), "--checkpoint", str(checkpoint), "--precision", "bfloat16"]) == 2
    assert "no instructions for bfloat16" in capsys.readouterr().err
