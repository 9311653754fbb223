"""Fixtures of the page's own tests."""

import pytest

from explorer.ui.store import Store
from explorer.ui.uploads import Photographs


@pytest.fixture
def photographs(tmp_path, monkeypatch) -> Photographs:
    """Photographs that are kept, of what lies in `tmp_path`/uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    return Photographs(Store(50_000_000, 60))
