"""Pictures as arrays: `decode` makes pixels of a file, `moving` moves and crops them, `render` draws numbers."""

from explorer.image.decode import open_remarked, open_upload

__all__ = ["open_remarked", "open_upload"]
