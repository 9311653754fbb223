"""What a page sent is deleted when it is closed, and when its visitor says so."""

import threading

from PIL import Image
from playwright.sync_api import expect

from explorer.ui import uploads
from explorer.ui.store import Store
from explorer.ui.sweeping import Sweeper


def _kept(monkeypatch) -> list[tuple[Store, str]]:
    """Every token of a photograph that the server has given since."""
    given: list[tuple[Store, str]] = []
    put = Store.put

    def noting(store: Store, value: object, n_bytes: int, again: object = None) -> str:
        token = put(store, value, n_bytes, again)
        given.append((store, token))
        return token

    monkeypatch.setattr(Store, "put", noting)
    return given


def test_a_page_that_closes_leaves_nothing(open_page, tmp_path, monkeypatch):
    given = _kept(monkeypatch)
    mine = tmp_path / "nobody_elses.png"  # gradio keeps equal files of several visitors once
    Image.new("RGB", (60, 40), (12, 200, 34)).save(mine)
    page = open_page()
    page.locator(".photo-column .file").set_input_files(mine)
    expect(page.locator(".photo-column .caption")).to_contain_text("nobody_elses")
    assert len(given) >= 2
    assert all(store.holds(token) for store, token in given)
    uploaded = [path for path in uploads._users if path.endswith(mine.name)]
    assert uploaded
    left, leave = threading.Event(), Sweeper.leave

    def noting(sweeper: Sweeper, whose: str) -> int:
        forgotten = leave(sweeper, whose)
        left.set()
        return forgotten

    monkeypatch.setattr(Sweeper, "leave", noting)
    page.goto("about:blank")
    assert left.wait(60)
    assert not any(store.holds(token) for store, token in given)
    assert not [path for path in uploaded if path in uploads._users]


def test_delete_mine_now_deletes_and_starts_anew(open_page, monkeypatch):
    given = _kept(monkeypatch)
    page = open_page()
    before = list(given)
    page.get_by_text("About: what is kept").click()
    expect(page.locator(".about-says")).to_contain_text("30 minutes after their last use")
    with page.expect_event("load"):
        page.get_by_role("button", name="Delete mine now").click()
    page.locator(".photo-column .shown:not([hidden])").wait_for(timeout=90_000)
    assert before
    assert not any(store.holds(token) for store, token in before)
    assert any(store.holds(token) for store, token in given)
