"""The base of the page's parts."""

import pytest

from explorer.ui.component import WEB, Instrument


def test_no_script_is_searched_for_events():
    """Gradio asks every part for many attributes at every call; it searched our scripts for each, 25 ms a call."""
    part = Instrument("classifier", label="Classifier")
    assert '"answering"' in (WEB / "classifier" / "main.js").read_text("utf-8")
    with pytest.raises(AttributeError, match="answering"):
        part.answering  # noqa: B018  the attribute is what is tested
    config = part.get_config()
    assert config["js_on_load"] == part.js_on_load
    assert config["label"] == "Classifier"
