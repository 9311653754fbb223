"""What a visitor does on the Classifier tab, and what is then read off it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer.networks.network import readable
from explorer.settings import ROOT

expect.set_options(timeout=20_000)  # forwards share two cores with the browser
EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.png"))


def upload(page, path) -> None:
    page.locator("input.file").set_input_files(str(path))
    expect(page.locator(".photo-column .caption")).to_contain_text(Path(path).name)


def signed(value: float, digits: int = 2) -> str:
    text = f"{abs(value):.{digits}f}"
    return ("−" if value < 0 and float(text) else "") + text


def number(text: str) -> float:
    return float(re.search(r"[−-]?\d+(\.\d+)?", text.replace("+", ""))[0].replace("−", "-"))


def shown_rows(page) -> list[tuple[str, str, str]]:
    rows = page.locator(".bars li:not([hidden])")
    return [
        tuple(row.locator(f".bar-{name}").text_content() for name in ("label", "logit", "share")) for row in rows.all()
    ]


def assert_answer(page, predictions) -> None:
    expect(page.locator(".bars li:not([hidden])").first.locator(".bar-logit")).to_have_text(
        signed(predictions[0].logit)
    )
    rows = shown_rows(page)
    assert [row[0] for row in rows] == [readable(one.label) for one in predictions]
    assert [row[1] for row in rows] == [signed(one.logit) for one in predictions]
    for row, one in zip(rows, predictions, strict=True):
        if "<" not in row[2] and ">" not in row[2]:
            assert number(row[2]) == pytest.approx(100 * one.probability, abs=0.051)


def answered(page, text: str = "answered") -> None:
    expect(page.locator(".many-status")).to_contain_text(text, timeout=60_000)
