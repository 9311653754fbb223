"""What a visitor does on the Filters tab, step by step, and what is then read off it."""

import re

from playwright.sync_api import expect


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("×", ""))


def ready(page, caption="Answer") -> None:
    expect(page.locator(".filters-tab .output-caption")).to_contain_text(caption)
    expect(page.locator(".filters-tab .output-canvas")).not_to_have_class(re.compile("stale"))


def use(page, path) -> None:
    page.locator("input.file").set_input_files(str(path))
    expect(page.locator(".photo-column .caption")).to_contain_text(path.name)
    expect(page.locator(".filters-tab .input-caption")).to_contain_text("Photograph, 300 × 200")
    ready(page)


def shown_sum(page) -> tuple[list[float], list[float], float]:
    """Pixels, weights and the value that the sum prints."""
    tab = page.locator(".filters-tab")
    pixels = [number(text) for text in tab.locator(".product-pixel").all_text_contents()]
    weights = [number(text) for text in tab.locator(".product-weight").all_text_contents()]
    return pixels, weights, number(tab.locator(".equation .value").text_content())


def place(page) -> tuple[int, int]:
    """The row and column of the answer whose sum is drawn, once what was asked for has been drawn."""
    expect(page.locator(".filters-tab .output-canvas")).not_to_have_class(re.compile("stale"))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    y, x = page.locator(".filters-tab .sum").get_attribute("data-place").split(",")
    return int(y), int(x)


def quiet(page) -> None:
    """Until the page has asked for all that it asks for by itself: the network's answer, examples, other networks."""
    expect(page.locator(".photo-column .answer b")).not_to_be_empty()
    expect(page.locator(".photo-column .answer")).not_to_have_class(re.compile("stale"))
    expect(page.locator(".network option[value=simple_gap]")).to_be_attached(timeout=60_000)
    page.wait_for_function(
        "(found => found.length && found.every((one) => one.complete))([...document.querySelectorAll('.examples img')])"
    )


def click(page, canvas: str, across: float, down: float) -> None:
    page.locator(f".filters-tab .{canvas}").scroll_into_view_if_needed()
    box = page.locator(f".filters-tab .{canvas}").bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
