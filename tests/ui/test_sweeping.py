"""What visitors leave goes in time, whatever gradio does."""

import os
import threading
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.errors import ExplorerError
from explorer.ui import uploads
from explorer.ui.component import answering
from explorer.ui.store import Store
from explorer.ui.sweeping import Sweeper, leave_route, sweeping
from explorer.ui.turns import Turns
from explorer.ui.visitor import asked_by, visitor

KEPT_S = 1800


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """A folder, two stores and a sweeper, at a time of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self.store, self.shared = (Store(10_000, KEPT_S, self.clock) for _ in range(2))
        self.sweeper = Sweeper(folder, [self.store], [self.shared], KEPT_S, 5000, self.clock)

    def upload(self, name: str, n_bytes: int = 10) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(n_bytes))
        self.date()
        return path

    def date(self) -> None:
        """Everything that is there was written now."""
        for one in [self.folder, *self.folder.rglob("*")]:
            if one.stat().st_mtime > 10**8:  # by the machine's clock
                os.utime(one, (self.clock.now, self.clock.now))

    def later(self, seconds: float) -> list[str]:
        """What lies there after this time and a sweep."""
        self.date()
        self.clock.now += seconds
        self.sweeper.sweep()
        self.date()
        return sorted(str(one.relative_to(self.folder)) for one in self.folder.rglob("*"))


@pytest.fixture
def server(tmp_path, monkeypatch) -> Server:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(uploads, "_users", {})
    return Server(tmp_path)


def test_an_idle_visitors_files_go_though_nobody_else_comes(server):
    server.upload("a1/photo.jpg")
    token = server.store.put("photo", 10)
    server.store.file(token, "preview.jpg", lambda: bytes(30))
    assert server.later(KEPT_S - 1) == ["a1", "a1/photo.jpg", "made", f"made/{token}", f"made/{token}/preview.jpg"]
    server.later(2)
    assert not server.store.holds(token)
    assert server.later(61) == []


def test_an_aborted_upload_goes_and_a_slow_one_stays(server):
    server.upload("tmp123")
    assert server.later(50) == ["tmp123"]
    (server.folder / "tmp123").write_bytes(bytes(20))
    assert server.later(50) == ["tmp123"]
    assert server.later(61) == []


def test_an_upload_in_use_stays(server):
    path = server.upload("a1/pile.zip")
    for _ in range(3):
        assert "a1/pile.zip" in server.later(KEPT_S - 10)
        assert uploads.uploaded_path(str(path)) == path
        server.date()
    assert "a1/pile.zip" not in server.later(KEPT_S + 1)


def test_empty_folders_go_once_nobody_can_be_about_to_fill_them(server):
    (server.folder / "a1" / "b").mkdir(parents=True)
    assert server.later(59) == ["a1", "a1/b"]
    assert server.later(2) == ["a1"]  # as it was changed just now
    assert server.later(61) == []


def test_the_oldest_uploads_go_where_all_together_is_too_large(server):
    token = server.store.put("photo", 10)
    server.store.file(token, "preview.jpg", lambda: bytes(1000))
    for number in range(5):
        server.upload(f"a{number}/photo.jpg", 1200)
        server.clock.now += 1
    left = [path for path in server.later(1) if path.endswith("jpg")]
    assert left == ["a2/photo.jpg", "a3/photo.jpg", "a4/photo.jpg", f"made/{token}/preview.jpg"]


def test_an_upload_that_does_not_fit_is_refused_before_it_comes(server):
    server.upload("a1/photo.jpg", 3000)
    server.later(1)
    server.sweeper.announce(1500)
    with pytest.raises(ExplorerError, match="no room for more files"):
        server.sweeper.announce(1000)
    server.later(1)  # the announced one never came
    server.sweeper.announce(1000)


def test_a_page_that_closes_deletes_its_own_and_nobody_elses(server):
    shared_file = server.upload("a1/same.jpg")
    mine_alone = server.upload("b2/mine.jpg")
    with asked_by("mine"):
        mine, by_link = server.store.put("photo", 10), server.shared.put("photo", 10)
        file = Path(server.store.file(mine, "preview.jpg", lambda: b"x"))
        uploads.uploaded_path(str(shared_file))
        uploads.uploaded_path(str(mine_alone))
    with asked_by("theirs"):
        theirs = server.store.put("photo", 10)
        uploads.uploaded_path(str(shared_file))
    programs = server.store.put("photo", 10)
    client = TestClient(Starlette(routes=[leave_route(server.sweeper, Turns(2))]))
    for word in ("", "nobody", "m" * 100, "\ud800".encode("utf-8", "surrogatepass")):
        assert client.post("/leave", content=word).status_code == 204
    assert server.store.holds(mine)
    assert client.post("/leave", content="mine").status_code == 204
    assert [server.store.holds(one) for one in (mine, theirs, programs)] == [False, True, True]
    assert server.shared.holds(by_link)
    assert [path.exists() for path in (file, mine_alone, shared_file)] == [False, False, True]
    client.post("/leave", content="theirs")
    assert not shared_file.exists()


def test_delete_mine_now_deletes_what_was_shared_too(server):
    forget = answering(server.sweeper.forget_mine)
    with asked_by("mine"):
        token, by_link = server.store.put("photo", 10), server.shared.put("photo", 10)
    assert forget({}) == forget({"visitor": 3}) == {"ok": 0}
    assert forget({"visitor": "mine"}) == {"ok": 2}
    assert not server.store.holds(token)
    assert not server.shared.holds(by_link)


def test_whose_request_it_is_reaches_no_function_as_an_argument_and_is_over_with_it():
    answer = answering(lambda request: [visitor(), request])
    assert answer({"visitor": "me", "photo": "p"}) == {"ok": ["me", {"photo": "p"}]}
    assert visitor() == ""


def test_the_timer_goes_on_after_a_sweep_that_failed_and_ends_with_the_server(server, monkeypatch, caplog):
    swept, again = [], threading.Event()

    def sweep():
        swept.append(1)
        if len(swept) > 1:
            again.set()
        raise RuntimeError("Set changed size during iteration")

    monkeypatch.setattr("explorer.ui.sweeping.EVERY_S", 0)
    monkeypatch.setattr(server.sweeper, "sweep", sweep)
    token = server.store.put("photo", 10)
    with TestClient(Starlette(lifespan=sweeping(server.sweeper))):
        assert again.wait(60)
    assert "could not be deleted" in caplog.text
    assert not server.store.holds(token)
