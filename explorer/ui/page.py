"""The whole page, put together: settings in, a `gr.Blocks` out. Reads as a table of contents."""

import contextlib
import signal
import threading
from collections.abc import Sequence
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from explorer.image.decode import take_files_up_to
from explorer.settings import Settings
from explorer.ui import api, web_files
from explorer.ui.about import About
from explorer.ui.classifier import api as classifier_api
from explorer.ui.classifier import teach_api
from explorer.ui.classifier.tab import build_classifier_tab
from explorer.ui.classifier.teach import Bases, Lessons
from explorer.ui.filters import api as filters_api
from explorer.ui.filters.tab import build_filters_tab
from explorer.ui.first import TABS
from explorer.ui.folder import free_port, use_private_folder
from explorer.ui.gate import Gate, health_route
from explorer.ui.lessons.tab import build_lessons, build_lessons_tab
from explorer.ui.maps import api as maps_api
from explorer.ui.maps.tab import build_maps_tab
from explorer.ui.mcp import use_our_server
from explorer.ui.networks.along import TakeAlong
from explorer.ui.networks.hosted import Hosted, hosted_networks
from explorer.ui.networks.menu import Shelf
from explorer.ui.networks.own import OwnNetworks
from explorer.ui.photo import build_photo_column
from explorer.ui.sharing import Sharing
from explorer.ui.sizes.tab import build_sizes_tab
from explorer.ui.store import Store
from explorer.ui.sweeping import Sweeper, leave_route, sweeping
from explorer.ui.turns import MOST, Turns, line_route
from explorer.ui.uploads import Photographs
from explorer.ui.visitor import program_at

MOST_SESSIONS = 100  # that gradio keeps the state of: this page has none there, and a program's call makes one each


def build_app(settings: Settings, live: Sequence[Hosted] = ()) -> api.Page:
    """The page with its endpoints; networks load in the background once it is launched.

    Visitors' files go to a private folder, which goes when the process ends.

    Args:
        live: models of the running program; the first is what the page opens with.
    """
    folder = use_private_folder()
    take_files_up_to(settings.photo_mb)
    store = Store(settings.photographs_mb * 1_000_000, settings.store_minutes * 60)
    recordings = Store(settings.store_mb * 1_000_000, settings.store_minutes * 60)
    photographs = Photographs(store)
    sharing = Sharing(photographs, store, shared_photos=settings.shared_photos)
    own_weights = OwnNetworks(settings.device, settings.own_mb, settings.store_minutes * 60)
    hosted = [*live, *hosted_networks(settings)]
    shelf = Shelf(
        settings.checkpoints, settings.device, hosted, own_weights, settings.may_download_mb, settings.networks_mb
    )
    bases = Bases(shelf)
    lessons = Lessons(bases, own_weights, settings.store_minutes * 60)
    along = TakeAlong(photographs, shelf, settings.store_minutes * 60)
    sweeper = Sweeper(
        folder,
        [store, recordings, own_weights.store, lessons.store, along.store],
        [sharing.shared] if sharing.shared else [],
        settings.store_minutes * 60,
        max(settings.disk_mb, settings.photographs_mb + settings.store_mb + 500) * 1_000_000,
    )
    turns = Turns(settings.at_once, settings.program_share)
    with api.Page(
        sweeper, shelf.answers, turns, title="CNN Explorer", analytics_enabled=False, fill_width=True
    ) as page:
        with gr.Row(elem_id="explorer"):
            with gr.Column(elem_id="side", scale=0, min_width=260):
                own = [About(shelf, settings).about, sweeper.forget_mine]
                build_photo_column(photographs, shelf, sharing, along, own, settings.photo_mb)
                build_lessons(shelf, bases)
            with (
                gr.Column(elem_id="main", scale=1, min_width=260),
                gr.Tabs(elem_id="instruments", overflow_behavior="wrap"),
            ):
                with gr.Tab(TABS["filters"], id="filters", elem_id="tab-filters"):
                    build_filters_tab(photographs, shelf, store)
                with gr.Tab(TABS["sizes"], id="sizes", elem_id="tab-sizes"):
                    build_sizes_tab()
                with gr.Tab(TABS["maps"], id="maps", elem_id="tab-maps"):
                    build_maps_tab(photographs, shelf, recordings, own_weights)
                with gr.Tab(TABS["classifier"], id="classifier", elem_id="tab-classifier"):
                    build_classifier_tab(photographs, shelf, lessons, settings.photo_mb)
                with gr.Tab(TABS["lessons"], id="lessons", elem_id="tab-lessons"):
                    build_lessons_tab()
        api.publish(shelf)
        classifier_api.publish(shelf, store)
        teach_api.publish(bases, store)
        filters_api.publish(store)
        maps_api.publish(shelf, store)
    page.queue(default_concurrency_limit=None)  # calls wait for their turns, not here
    page.keep_no_statistics()
    shelf.start()
    return page


def launch(page: api.Page, settings: Settings, **options: Any) -> tuple[Any, str, str]:  # noqa: ANN401  gradio's own
    """Serve the page, until the process is told to stop or, with prevent_thread_lock=True, in the background.

    Values are explicit because a Space's environment would choose others.

    Raises:
        ExplorerError: the port is taken, or MCP is asked for and its package is not installed.
    """
    port = free_port(settings.host, settings.port)
    if settings.mcp:
        use_our_server()
    stopped = None if options.pop("prevent_thread_lock", False) else _stop_signal()
    launched: tuple[Any, str, str] = page.launch(
        prevent_thread_lock=True,
        server_name=settings.host,
        server_port=port,
        ssr_mode=False,
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=settings.mcp,
        max_file_size=f"{max(200, settings.photo_mb, settings.own_mb)}mb",
        footer_links=["api", "settings"],
        theme=_theme(),
        state_session_capacity=MOST_SESSIONS,
        max_threads=MOST + 40,  # as many calls can wait for their turn; threads come with turns only
        app_kwargs={
            "routes": [
                web_files.route(),
                leave_route(page.sweeper, page.turns),
                line_route(page.turns),
                health_route(page.answers),
            ],
            "middleware": [
                Middleware(
                    Gate,
                    doors=page.doors,
                    announce=page.sweeper.announce,
                    left=page.nobody_listens,
                    busy=lambda address: page.turns.refusal(program_at(address)),
                    most_bytes=1_500_000 * max(settings.photo_mb, settings.own_mb),  # in base64
                ),
                *web_files.middleware(),
            ],
            "lifespan": sweeping(page.sweeper),
        },
        **options,
    )
    if stopped is not None:
        with contextlib.suppress(KeyboardInterrupt):
            while not stopped.wait(0.5):  # on Windows nothing interrupts an endless wait
                pass
        page.stop()
    return launched


def _stop_signal() -> threading.Event:
    """What is set at SIGTERM, which a host's own manager sends."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    return stopped


def _theme() -> gr.themes.Base:
    """Gradio's default with the contrast that its own lacks; no font is fetched from anywhere."""
    text = ("Explorer Sans", "ui-sans-serif", "system-ui", "sans-serif")  # the first is in web/shared/fonts
    return gr.themes.Default(primary_hue="indigo", neutral_hue="slate", font=text).set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_600",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
    )
