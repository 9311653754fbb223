"""Files of the Hugging Face hub: found on disk, or downloaded; and how much a host lets its visitors download."""

import re
from collections.abc import Iterator
from pathlib import Path

import torch

from explorer.errors import ModelError
from explorer.networks.pretrained import Progress, fetch

_REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")


class Downloads:
    """How much may be downloaded: all files together that lie in torch's folder of weights.

    Args:
        limit_mb: 0 for nothing.
    """

    def __init__(self, limit_mb: int) -> None:
        self.limit_mb = limit_mb

    @property
    def allowed(self) -> bool:
        """Whether anything may be downloaded at all."""
        return self.limit_mb > 0

    def room_for(self, name: str) -> int:
        """How many bytes there is room for.

        Raises:
            ModelError: none; the sentence says whether nothing is allowed or all is taken.
        """
        if not self.allowed:
            raise ModelError(
                f"The weights of {name} are not on this machine, and nothing is downloaded for visitors here."
            )
        files = (path for path in weights_folder().rglob("*") if path.is_file())
        room = self.limit_mb * 1_000_000 - sum(path.stat().st_size for path in files)
        if room <= 0:
            raise ModelError(
                f"The weights of {name} are not on this machine, and the {self.limit_mb:,} MB that downloads may take "
                f"here are taken; whoever runs this page can delete some, or raise --download-mb."
            )
        return room


def weights_folder() -> Path:
    """Where downloaded weights lie: torch's own folder for them."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def hub_path(repository: str, file: str) -> Path | None:
    """Where a repository's file lies on this machine, here or where huggingface_hub keeps it; None if it does not."""
    from huggingface_hub import try_to_load_from_cache

    own = _own_path(repository, file)
    if own.is_file():
        return own
    kept = try_to_load_from_cache(repository, file)
    return Path(kept) if isinstance(kept, str) else None


def hub_file(repository: str, file: str, downloads: Downloads | None = None, progress: Progress | None = None) -> Path:
    """The file, downloaded if it is not on this machine.

    Args:
        repository: "owner/name".
        downloads: how much may be downloaded; None for any.

    Raises:
        ModelError: it is not at hand and cannot or must not be had, or there is no such repository.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise ModelError(
            f"{repository[:80]!r} is no name of a repository on the Hugging Face hub, which reads owner/name."
        )
    found = hub_path(repository, file)
    if found is not None:
        return found
    from huggingface_hub import hf_hub_url

    room = None if downloads is None else downloads.room_for(repository)
    path = _own_path(repository, file)
    fetch(hf_hub_url(repository, file), path, progress, room)
    return path


def repositories_on_disk() -> Iterator[str]:
    """Names of the repositories that have a file model.safetensors on this machine."""
    from huggingface_hub.constants import HF_HUB_CACHE

    kept = Path(HF_HUB_CACHE).glob("models--*--*/snapshots/*/model.safetensors")
    names = {path.parts[-4].removeprefix("models--") for path in kept}
    names |= {path.parts[-2] for path in weights_folder().glob("*--*/model.safetensors")}
    yield from sorted(name.replace("--", "/", 1) for name in names)


def _own_path(repository: str, file: str) -> Path:
    return weights_folder() / repository.replace("/", "--") / file
