"""What a visitor does on the Classifier tab, and what is then read off it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from explorer.networks.network import readable
from explorer.settings import ROOT

expect.set_options(timeout=20_000)  # forwards share two cores with the browser
SERVER = re.compile("component_server")
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


class Held:
    """Requests for a server function that are kept here and not sent on: but the first `after`, and of one network."""

    def __init__(self, page: Page, function: str, network: str | None = None, *, after: int = 0) -> None:
        self.routes: list[Route] = []
        self._page, self._function, self._network, self._passing = page, function, network, after
        page.evaluate("() => { window.held = 0; }")
        page.route(SERVER, self._keep)

    def _keep(self, route: Route) -> None:
        asked = route.request.post_data_json
        if asked["fn_name"] != self._function or self._network not in (None, asked["data"].get("network")):
            route.continue_()
        elif self._passing:
            self._passing -= 1
            route.continue_()
        else:
            self.routes.append(route)
            self._page.evaluate("() => { window.held += 1; }")

    def first(self) -> Route:
        """The first of them, as soon as there is one."""
        self._page.wait_for_function("window.held > 0", timeout=60_000)
        return self.routes[0]

    def let_go(self) -> None:
        """The first one is sent on, and has been answered; all others go through again."""
        with self._page.expect_response(SERVER):
            self.first().continue_()
        self._page.unroute(SERVER, self._keep)
        rest(self._page)


def choose_network(page, name: str) -> None:
    """Choose a network in the left column, and wait until its answer stands in the tab."""
    page.locator(".photo-column select").first.select_option(name)
    expect(page.locator(".classifier .source")).to_contain_text(name, timeout=60_000)


def rest(page) -> None:
    """Whatever an answer or another width sets going has been drawn: two frames later."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def answered(page, text: str = "answered") -> None:
    expect(page.locator(".panel[data-panel=many] .many-status")).to_contain_text(text, timeout=60_000)
