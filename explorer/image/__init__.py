"""Pictures as arrays: `decode` makes pixels of a file, `moving` moves and crops them, `render` draws numbers."""

from explorer.image.decode import open_upload

__all__ = ["open_upload"]
