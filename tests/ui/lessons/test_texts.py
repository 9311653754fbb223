"""The words of the Lessons: every language says the same things, of numbers that there are."""

import re
import shutil
import tomllib

import pytest

from explorer.errors import ExplorerError
from explorer.ui.first import TABS
from explorer.ui.lessons import course as courses
from explorer.ui.lessons.course import HERE, languages, steps, words_in

PLACE = re.compile(r"\{([\w.]+)(?::(?:\d|percent))?\}")


def leaves(texts: dict, before: str = "") -> dict[str, str]:
    found = {}
    for name, value in texts.items():
        found |= leaves(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return found


def file_of(language: str) -> dict[str, str]:
    return leaves(tomllib.loads((HERE / "texts" / f"{language}.toml").read_text("utf-8")))


def test_there_are_english_and_hindi():
    assert languages() == {"en": "English", "hi": "हिन्दी"}
    assert words_in("en")["tabs"] == TABS


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text_and_no_other(language):
    assert set(file_of(language)) == set(file_of("en"))
    for step in steps():
        words = words_in(language)["steps"][step["key"]]
        assert set(words.get("choices", {})) == set(step["choices"])
        assert not step["choices"] or step["answer"] in step["choices"]


@pytest.mark.parametrize("language", languages())
def test_every_number_in_a_text_is_one_of_the_steps(course, language):
    counted = 0
    for step in steps():
        numbers = course.lesson_numbers({"step": step["key"]})
        assert step["choices"] or isinstance(numbers[step["answer"]], int | float)
        for text in leaves(words_in(language)["steps"][step["key"]]).values():
            names = PLACE.findall(text)
            counted += len(names)
            assert text.count("{") == len(names), text
            assert set(names) <= set(numbers), text
    assert counted > 60


def test_hindi_is_written_in_devanagari():
    for name, text in file_of("hi").items():
        if not name.endswith(("steps.relu.title", "choices.one", "choices.hundred")):
            assert re.search(r"[\u0900-\u097f]", text), name


def test_another_language_needs_a_file_alone_and_may_lack_words(tmp_path, monkeypatch):
    shutil.copytree(HERE / "texts", tmp_path / "texts")
    (tmp_path / "texts/mr.toml").write_text('language = "मराठी"\n[words]\nback = "मागे"\n', "utf-8")
    monkeypatch.setattr(courses, "HERE", tmp_path)
    for kept in (words_in, languages):
        kept.cache_clear()
    try:
        assert list(languages()) == ["en", "hi", "mr"]
        assert words_in("mr")["words"]["back"] == "मागे"
        assert words_in("mr")["words"]["next"] == "Next"
    finally:
        for kept in (words_in, languages):
            kept.cache_clear()


def test_an_unknown_language_is_english_and_an_unknown_step_is_refused(course):
    for language in ("xx", "../en", 7, None):
        assert course.lessons({"language": language})["language"] == "en"
    with pytest.raises(ExplorerError, match="step is 'nothing'; it must be one of dense, "):
        course.lesson_numbers({"step": "nothing"})
