"""What the browser tests of tab 3 share: opening it, its numbers, and answers that are held back."""

import re
from decimal import Decimal

from playwright.sync_api import Page, expect

WATCHED = """() => {
    const plain = window.fetch;
    Object.assign(window, { underWay: 0, held: {}, release: {} });
    window.fetch = async (...call) => {
        if (!/component_server|file=/.test(call[0].url || call[0])) return plain(...call);
        const asked = String(call[1] && call[1].body);
        const held = Object.keys(window.held).filter(name => asked.includes('"' + name + '"'));
        window.underWay += 1;
        try {
            await Promise.all(held.map(name => window.held[name]()));
            const answer = await plain(...call);
            await answer.clone().arrayBuffer();
            return answer;
        } finally {
            setTimeout(() => { window.underWay -= 1; });
        }
    };
}"""
AT_REST = """() => document.getAnimations().every(
    one => one.playState === "finished" || one.effect.getComputedTiming().endTime === Infinity)"""


def opened(open_page, jpeg, query="", network="compact", **options) -> Page:
    """The tab with the JPEG and a network in it, its sheet ready."""
    page = open_page(None, query=f"&network.name={network}{query}", **options)
    page.evaluate(WATCHED)
    page.locator("input.file").set_input_files(str(jpeg))
    expect(page.locator(".photo-column .caption")).to_contain_text("scene.jpg")
    page.get_by_role("tab", name="Feature maps", exact=True).click()
    expect(page.locator(".maps:not(.waiting) .tile").first).to_be_attached(timeout=30_000)
    return page


def quiet(page: Page) -> None:
    """Until nothing that the page asked for is under way."""
    page.wait_for_function("() => window.underWay === 0")


def at_rest(page: Page) -> None:
    """Until what fades or moves has come to its end."""
    page.wait_for_function(AT_REST)


def slow(page: Page, name: str, milliseconds: int) -> None:
    """Every answer of a server function comes so much later from now on."""
    page.evaluate(
        "([name, time]) => { window.held[name] = () => new Promise(on => setTimeout(on, time)); }", [name, milliseconds]
    )


def hold(page: Page, name: str) -> None:
    """What a server function is asked waits from now on, until `release`."""
    page.evaluate(
        """name => {
            const released = new Promise(on => { window.release[name] = on; });
            window.held[name] = () => released;
        }""",
        name,
    )


def release(page: Page, *names: str) -> None:
    """Let through what waits, and what comes after it; then until all is answered."""
    page.evaluate("names => { for (const name of names) { window.release[name](); delete window.held[name]; } }", names)
    quiet(page)


def number(text: str) -> Decimal:
    """A number as the page prints it: a true minus, an e for the exponent."""
    found = re.search(r"[−+-]?\d[\d.]*(?:e[−-]?\d+)?", text)
    assert found, text
    return Decimal(found[0].replace("−", "-"))
