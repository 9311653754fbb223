"""What visitors refer to by token is bounded in bytes and in time, and goes with its files."""

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.ui.store import Store


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(tmp_path, monkeypatch) -> Clock:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return Clock()


def test_a_value_comes_back_by_its_token(clock):
    store = Store(1000, 60, clock)
    tokens = [store.put(name, 10) for name in ("one", "two")]
    assert [store.get(token, str) for token in tokens] == ["one", "two"]
    assert len(set(tokens)) == 2
    assert min(map(len, tokens)) >= 20  # 16 random bytes


@pytest.mark.parametrize("token", ["unknown", None, 3, ["a"], {}])
def test_nothing_else_opens_it(clock, token):
    store = Store(1000, 60, clock)
    store.put("one", 10)
    with pytest.raises(ExplorerError, match="no longer kept here"):
        store.get(token, str)


def test_a_token_of_another_kind_is_refused(clock):
    store = Store(1000, 60, clock)
    token = store.put("one", 10)
    with pytest.raises(ExplorerError, match="no longer kept here"):
        store.get(token, int)


def test_the_least_recently_used_goes_first(clock):
    store = Store(30, 60, clock)
    first, second, third = (store.put(name, 10) for name in ("one", "two", "three"))
    store.get(first, str)
    store.put("four", 10)
    assert store.get(first, str) == "one"
    assert store.get(third, str) == "three"
    with pytest.raises(ExplorerError, match="no longer kept here"):
        store.get(second, str)
    assert store.n_bytes == 30


def test_one_that_is_larger_than_the_store_is_kept_until_the_next(clock):
    store = Store(30, 60, clock)
    large = store.put("large", 100)
    assert store.get(large, str) == "large"
    store.put("next", 10)
    assert store.n_bytes == 10


def test_what_nobody_used_for_long_goes(clock):
    store = Store(1000, 60, clock)
    old = store.put("old", 10)
    clock.now = 59
    assert store.get(old, str) == "old"
    clock.now = 118
    assert store.get(old, str) == "old"
    clock.now = 179
    with pytest.raises(ExplorerError, match="no longer kept here"):
        store.get(old, str)
    assert store.n_bytes == 0


def test_files_are_made_once_count_and_go_with_their_value(clock):
    store = Store(1000, 60, clock)
    token = store.put("one", 10)
    made = []

    def make() -> bytes:
        made.append(1)
        return bytes(300)

    path = Path(store.file(token, "picture.png", make))
    assert store.file(token, "picture.png", make) == str(path)
    assert len(made) == 1
    assert path.read_bytes() == bytes(300)
    assert token in str(path)
    assert store.n_bytes == 310
    store.put("two", 900)
    assert not path.exists()
