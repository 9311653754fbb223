"""What visitors refer to by token is bounded in bytes and in time, and goes with its files."""

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.ui.store import Store
from explorer.ui.visitor import asked_by


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


class Made:
    """What can be made again, of a size."""

    def __init__(self, n_bytes: int) -> None:
        self.n_bytes = n_bytes


def test_who_holds_more_than_a_fair_share_makes_room_and_nobody_else(clock):
    store = Store(300, 60, clock)
    modest = []
    for name in ("a", "b", "c"):
        with asked_by(name):
            modest.append(store.put(name, 40))
    with asked_by("greedy"):
        first, second = store.put("first", 70), store.put("second", 70)
        with pytest.raises(ExplorerError, match="no room"):
            store.put("large", 290)
    assert not store.holds(first)
    assert not store.holds(second)  # his own had gone before he was refused
    assert [store.get(token, str) for token in modest] == ["a", "b", "c"]


def test_thirty_pupils_lose_nothing_to_one_who_opens_photograph_after_photograph(clock):
    store = Store(3000, 60, clock)
    kept = []
    for pupil in range(30):
        with asked_by(f"pupil{pupil}"):
            kept.append(store.put(pupil, 90))
        with asked_by("greedy"):
            store.put("again", 90)
    assert all(map(store.holds, kept))
    assert store.n_bytes <= 3000


def test_programs_at_one_address_share_as_one_visitor_does(clock):
    store = Store(100, 60, clock)
    with asked_by("page"):
        mine = store.put("mine", 40)
    for _ in range(5):
        with asked_by("", "203.0.113.7"):
            store.put("answer", 30)
    assert store.get(mine, str) == "mine"


def test_what_can_be_made_again_goes_without_a_word_and_comes_back(clock):
    store = Store(100, 60, clock)
    made: list[Made] = []

    def again() -> Made:
        made.append(Made(60))
        return made[-1]

    first = store.put(Made(60), 60, again)
    path = Path(store.file(first, "maps.png", lambda: b"12345"))
    store.put(Made(60), 60, again)
    assert store.n_bytes == 65
    assert path.exists()  # the page may be about to fetch it
    assert isinstance(store.get(first, Made), Made)
    assert len(made) == 1
    clock.now = 61
    with pytest.raises(ExplorerError, match="no longer kept here"):
        store.get(first, Made)


def test_what_cannot_be_made_again_any_more_says_why(clock):
    store = Store(100, 60, clock)

    def gone() -> Made:
        raise ExplorerError("The photograph is gone.")

    first = store.put(Made(60), 60, gone)
    store.let_go(lambda one: one.n_bytes == 60)
    with pytest.raises(ExplorerError, match="The photograph is gone"):
        store.get(first, Made)
