"""Who waits because others are first is told how many are before; and what nobody waits for is not computed."""

import http.client
import json
import threading
from collections.abc import Callable

from playwright.sync_api import Page, expect

from explorer.ui.maps import tab
from explorer.ui.turns import Turns
from explorer.ui.web_files import address
from tests.browser.filters_steps import ready

PAGES = """async (shared) => {
  const explorer = await import(new URL(shared, document.baseURI).href);
  const part = window.gradio_config.components.find((one) => one.props.server_fns?.includes("open_network"));
  return [explorer.get("photo").token, part.id];
}"""


def _sent(page: Page, path: str, body: object) -> http.client.HTTPConnection:
    """A request of another visitor's, whose answer is not waited for."""
    connection = http.client.HTTPConnection(page.url.split("/")[2], timeout=60)
    content = body if isinstance(body, str) else json.dumps(body)
    connection.request("POST", path, content, {"Content-Type": "application/json"})
    return connection


def _until(true: Callable[[], bool], page: Page) -> None:
    for _ in range(600):
        if true():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it did not come to that")


def test_a_place_in_line_is_shown_and_who_leaves_is_not_answered(open_page, monkeypatch):
    page = open_page()
    shirt = page.locator(".photo-column .examples button").nth(3)
    shirt.wait_for(timeout=60_000)
    ready(page)
    page.locator(".lesson-list li").first.wait_for(state="attached", timeout=60_000)
    photo, part = page.evaluate(PAGES, address("shared/page.js"))
    begun, released, record = list[str](), threading.Event(), tab.record_network

    def recording(network, *seen):
        begun.append(network.name)
        assert released.wait(60)
        return record(network, *seen)

    def ask(visitor: str, network: str) -> http.client.HTTPConnection:
        data = {"visitor": visitor, "network": network, "photo": photo}
        body = {"data": data, "component_id": part, "fn_name": "open_network", "session_hash": "x"}
        return _sent(page, "/gradio_api/component_server", body)

    def waits(visitor: str) -> bool:
        return json.load(_sent(page, "/line", visitor).getresponse())["before"] > 0

    monkeypatch.setattr(tab, "record_network", recording)
    turns, before = list[Turns](), Turns.before
    monkeypatch.setattr(Turns, "before", lambda self, asker: turns.append(self) or before(self, asker))
    assert not waits("nobody")
    _until(lambda: not turns[0]._running and not turns[0]._waiting, page)  # the page's own first questions
    staying = [ask("a", "compact"), ask("b", "imagenet")]
    _until(lambda: len(begun) == 2, page)
    leaving, last = ask("leaving", "clothing"), ask("last", "compact")
    _until(lambda: waits("leaving") and waits("last"), page)
    shirt.click()
    note = page.locator(".line-note")
    expect(note).to_contain_text("4 questions are before yours", timeout=20_000)
    assert note.evaluate("one => getComputedStyle(one).position") == "fixed"  # nothing moves
    leaving.close()
    expect(note).to_contain_text("3 questions are before yours", timeout=20_000)
    released.set()
    expect(page.locator(".photo-column .answer:not(.stale)")).to_contain_text("%", timeout=60_000)
    expect(note).to_be_hidden(timeout=20_000)
    assert all("ok" in json.load(one.getresponse()) for one in (*staying, last))
    assert sorted(set(begun)) == ["compact", "imagenet"]
