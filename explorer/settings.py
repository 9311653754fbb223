"""How a host runs the page. The environment is read here, once, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import ExplorerError

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "_shipped"  # where a wheel carries what lies beside the package in a checkout
INSTALLED = _SHIPPED.is_dir()
ROOT = _SHIPPED if INSTALLED else _PACKAGE.parent  # holds checkpoints/ and assets/
EXAMPLES = ROOT / "assets" / "examples"  # the pictures that the project draws itself

_HOME = frozenset(["127.0.0.1", "localhost", "::1"])  # addresses that nobody else reaches
_AT_HOME_MB = 4000
_PHOTOGRAPH_MB = 9  # 1600 × 1200 pixels as bytes, 5.8 MB, and the file that they came from
_SHEET_MB = 27  # what products makes of a photograph
_LOWEST = {"photographs_mb": 64, "networks_mb": 100, "at_once": 1, "program_share": 1}


@dataclass(frozen=True)
class Settings:
    """What a host may choose; every field has a default that suits a laptop."""

    host: str = "127.0.0.1"  # 0.0.0.0 where others shall reach the page
    port: int = 7860
    checkpoints: Path = field(default=ROOT / "checkpoints")  # every .safetensors file in it is offered
    device: str = "cpu"  # "cpu", "cuda" or "cuda:1"
    network: tuple[str, ...] = ()  # "package.module:NAME" of each network of the host's own: class, function, instance
    network_folder: tuple[Path, ...] = ()  # as timm or transformers saves one: config.json and model.safetensors
    download_mb: int | None = (
        None  # what weights that visitors ask for may take; None: 4000 at home, 0 where others come
    )
    photographs_mb: int = 512  # photographs kept for visitors, all together
    store_mb: int = 256  # and activations, which are computed again when they are gone
    store_minutes: int = 30  # and for how long after their last use
    disk_mb: int = 4000  # what all files of visitors may take on disk; at least 500 more than these two
    networks_mb: int = 600  # weights kept beside the checkpoints' and visitors' own; a larger network is not opened
    at_once: int = 2  # computations at the same time, of one visitor one fewer
    program_share: int = 1  # turns of an address of programs where a visitor has one; 30 for a class behind one
    photo_mb: int = 100  # the largest file of a photograph; in a zip it is 20
    own_mb: int = 200  # the largest file of own weights that a visitor may open
    shared_photos: bool = False  # visitors may have a photograph kept for a day for those with its link
    mcp: bool = False  # the endpoints as tools of assistants too; needs the extra `mcp`

    def __post_init__(self) -> None:  # noqa: C901 -- one line a bound
        """Refuse what could only fail later.

        Raises:
            ExplorerError: on construction, a value that cannot be used.
        """
        if not 0 <= self.port <= 65535:
            msg = f"The port is {self.port}; it must lie between 0 and 65535."
            raise ExplorerError(msg)
        if not self.checkpoints.is_dir():
            msg = f"There is no folder {self.checkpoints}; name one that holds checkpoints."
            raise ExplorerError(msg)
        for folder in self.network_folder:
            if not (folder / "config.json").is_file():
                msg = (
                    f"There is no config.json in {folder}; name a folder that timm or transformers saved a network in."
                )
                raise ExplorerError(msg)
        if self.download_mb is not None and self.download_mb < 0:
            msg = f"Downloads of {self.download_mb} MB cannot be; 0 is for none."
            raise ExplorerError(msg)
        if self.store_mb < 64 or self.store_minutes < 1:
            msg = f"The store has {self.store_mb} MB for {self.store_minutes} min; give it at least 64 MB and 1 minute."
            raise ExplorerError(msg)
        if not 1 <= self.photo_mb <= 1000:
            msg = f"Photographs of up to {self.photo_mb} MB cannot be taken; choose 1 to 1000."
            raise ExplorerError(msg)
        if not 1 <= self.own_mb <= 4000:
            msg = f"Visitors' own weights of {self.own_mb} MB cannot be taken; choose 1 to 4000."
            raise ExplorerError(msg)
        for name, lowest in _LOWEST.items():
            if getattr(self, name) < lowest:
                msg = f"{name} is {getattr(self, name)}; it must be at least {lowest}."
                raise ExplorerError(msg)

    @property
    def may_download_mb(self) -> int:
        """What weights that visitors ask for may take on this machine, all together; 0 for no downloads."""
        if self.download_mb is not None:
            return self.download_mb
        return _AT_HOME_MB if self.host in _HOME else 0

    @property
    def serves(self) -> str:
        """What these limits are enough for, in a sentence or two."""
        visitors, sheets = self.photographs_mb // _PHOTOGRAPH_MB, self.store_mb // _SHEET_MB
        return (
            f"Room for about {visitors} visitors' photographs ({self.photographs_mb:,} MB) and for the sheets of "
            f"{sheets} visitors with products ({self.store_mb:,} MB; others are computed again when they are looked "
            f"at). {self.at_once} computations at once, in turn by visitor."
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that the environment asks for.

        Args:
            environ: EXPLORER_HOST, EXPLORER_PORT, EXPLORER_CHECKPOINTS, EXPLORER_DEVICE, EXPLORER_NETWORK and
                EXPLORER_NETWORK_FOLDER (several with commas between), EXPLORER_DOWNLOAD_MB, EXPLORER_PHOTOGRAPHS_MB,
                EXPLORER_STORE_MB, EXPLORER_STORE_MINUTES, EXPLORER_DISK_MB, EXPLORER_NETWORKS_MB, EXPLORER_AT_ONCE,
                EXPLORER_PROGRAM_SHARE, EXPLORER_PHOTO_MB, EXPLORER_OWN_MB, and 1 for on in EXPLORER_SHARED_PHOTOS and
                EXPLORER_MCP. A Space sets SPACE_ID, and then others must reach the page.

        Raises:
            ExplorerError: a number that is none, or a value out of range.
        """
        default = cls()
        on_space = "SPACE_ID" in environ
        return cls(
            host=environ.get("EXPLORER_HOST", "0.0.0.0" if on_space else default.host),  # noqa: S104
            port=_number(environ, "EXPLORER_PORT", default.port),
            checkpoints=Path(environ.get("EXPLORER_CHECKPOINTS", str(default.checkpoints))),
            device=environ.get("EXPLORER_DEVICE", default.device),
            network=_several(environ.get("EXPLORER_NETWORK", ""), ","),
            network_folder=tuple(map(Path, _several(environ.get("EXPLORER_NETWORK_FOLDER", ""), ","))),
            download_mb=_number(environ, "EXPLORER_DOWNLOAD_MB", 0) if "EXPLORER_DOWNLOAD_MB" in environ else None,
            photographs_mb=_number(environ, "EXPLORER_PHOTOGRAPHS_MB", default.photographs_mb),
            store_mb=_number(environ, "EXPLORER_STORE_MB", default.store_mb),
            store_minutes=_number(environ, "EXPLORER_STORE_MINUTES", default.store_minutes),
            disk_mb=_number(environ, "EXPLORER_DISK_MB", default.disk_mb),
            networks_mb=_number(environ, "EXPLORER_NETWORKS_MB", default.networks_mb),
            at_once=_number(environ, "EXPLORER_AT_ONCE", default.at_once),
            program_share=_number(environ, "EXPLORER_PROGRAM_SHARE", default.program_share),
            photo_mb=_number(environ, "EXPLORER_PHOTO_MB", default.photo_mb),
            own_mb=_number(environ, "EXPLORER_OWN_MB", default.own_mb),
            shared_photos=_number(environ, "EXPLORER_SHARED_PHOTOS", 0) != 0,
            mcp=_number(environ, "EXPLORER_MCP", 0) != 0,
        )


def _several(text: str, between: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(between) if part.strip())


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        msg = f"{name} is {text!r}; it must be a whole number."
        raise ExplorerError(msg) from error
