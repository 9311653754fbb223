"""How long a visitor waits while another is greedy, and what the server holds meanwhile: this machine alone, bounded.

`python benchmarks/load.py` starts a server of its own on a free port of 127.0.0.1, and ends it. One visitor asks 45
things at the same time, kind by kind; meanwhile a program at another address asks `/classify`, call after call.
The table says how long its median and its slowest call took beside those of an idle server, and by how much the
server's memory has grown at most. Each answer is held against the idle server's.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "assets" / "examples"
GREEDY = 45  # requests at the same time
CALLS = 12  # of the other one, while they run, and as many before
SETTLED_S = 1.0  # until the server has taken all of them
READY_S, ANSWER_S = 120, 600
OTHER = {"X-Forwarded-For": "203.0.113.7"}  # what a trusted proxy says; this machine is trusted
GREEDY_PROGRAM = {"X-Forwarded-For": "203.0.113.9"}
LARGE = ("torchvision/efficientnet_v2_l", "torchvision/regnet_y_128gf", "torchvision/convnext_base")
MISTAKES = ("normalisation", "raw", "statistics", "bgr")

Asking = Callable[[httpx.AsyncClient, int], Awaitable[Any]]


class Server:
    """A server of the page, and how it is asked."""

    def __init__(self, url: str, process: int) -> None:
        self.url, self._process = url, process
        self._client = httpx.Client(base_url=url, timeout=ANSWER_S, limits=httpx.Limits(max_connections=200))
        config = self._client.get("/config").json()
        self._part_of = {
            name: part["id"] for part in config["components"] for name in part["props"].get("server_fns", [])
        }

    def upload(self, name: str, content: bytes) -> str:
        """The path of a file on the server."""
        return str(self._client.post("/gradio_api/upload", files={"files": (name, content)}).json()[0])

    def question(self, function: str, **request: Any) -> dict[str, Any]:
        """A page's question, as httpx posts it."""
        body = {"data": request, "component_id": self._part_of[function], "fn_name": function, "session_hash": "load"}
        return {"url": "/gradio_api/component_server", "json": body}

    def ask(self, function: str, **request: Any) -> Any:
        """What a page's question is answered."""
        return self._client.post(**self.question(function, **request)).json()

    def call(self, endpoint: str, *data: Any, headers: dict[str, str] | None = None) -> list[Any]:
        """What a program's call is answered."""
        sent = self._client.post(f"/gradio_api/call/{endpoint}", json={"data": data}, headers=headers)
        if sent.status_code != 200:
            raise RuntimeError(sent.text)
        stream = self._client.get(f"/gradio_api/call/{endpoint}/{sent.json()['event_id']}", headers=headers).text
        event, answer = re.findall(r"event: (complete|error)\ndata: (.*)", stream)[-1]
        if event == "error":
            raise RuntimeError(answer)
        return list(json.loads(answer))

    @property
    def memory_mb(self) -> float:
        """What the process occupies."""
        status = Path(f"/proc/{self._process}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server of this checkout, its network loaded, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "GRADIO_TEMP_DIR": str(folder)}
    command = [sys.executable, "app.py", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            time.sleep(0.3)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait()


def kinds(server: Server, photo: str) -> dict[str, Asking]:
    """What the greedy visitor asks, each by its number."""
    token = server.ask("open_photo", visitor="greedy", path=photo)["ok"]["token"]
    opened = server.ask("open_network", visitor="greedy", photo=token, network="products")["ok"]
    zipped = server.upload("tables.zip", _zip_of_tables())
    why = {"photo": token, "network": "products", "target": 0}
    unit = {"token": opened["token"], "layer": opened["layers"][-1]["key"], "y": 0, "x": 0}
    small, file = {"network": "imagenet"}, {"path": photo}

    def page(function: str, **request: Any) -> Asking:
        async def ask(client: httpx.AsyncClient, number: int) -> Any:
            own = {name: one(number) if callable(one) else one for name, one in request.items()}
            return (await client.post(**server.question(function, visitor="greedy", **own))).json()

        return ask

    def moved(network: Callable[[int], str]) -> Asking:
        """Another photograph each time, so that nothing is at hand."""

        async def ask(client: httpx.AsyncClient, number: int) -> Any:
            move = server.question("move_photo", visitor="greedy", photo=token, shift_x=number / 100)
            mine = (await client.post(**move)).json()["ok"]["token"]
            asked = server.question("open_network", visitor="greedy", photo=mine, network=network(number))
            return (await client.post(**asked)).json()

        return ask

    def program(endpoint: str, *data: Any) -> Asking:
        async def ask(client: httpx.AsyncClient, _number: int) -> Any:
            sent = await client.post(f"/gradio_api/call/{endpoint}", json={"data": data}, headers=GREEDY_PROGRAM)
            answer = f"/gradio_api/call/{endpoint}/{sent.json()['event_id']}"
            return (await client.get(answer, headers=GREEDY_PROGRAM)).text

        return ask

    return {
        "occlusion": page("occlusion", **why, patch=14, row=lambda number: number % 30),
        "sheets of photographs": moved(lambda _: "imagenet"),
        "large networks": moved(lambda number: LARGE[number % len(LARGE)]),
        "ways down to a pixel": page("way_down", **unit, channel=lambda number: number % 5),
        "mistakes counted": page("tally", **small, mistake=lambda number: MISTAKES[number % len(MISTAKES)]),
        "tables in a zip": page("open_zip", path=zipped, network="products"),
        "photographs": page("open_photo", path=photo),
        "/trace_network": program("trace_network", "efficientnet_v2_l"),
        "/apply_filter": program("apply_filter", file),
        "/feature_maps": program("feature_maps", file, "imagenet"),
    }


def _zip_of_tables() -> bytes:
    """A photograph and tables of labels that unpack to much more."""
    file = io.BytesIO()
    row = "".join(f'<c r="A1" t="str"><v>{n}</v></c>' for n in range(40))
    rows = f"<row>{row}</row>" * 1800
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(sorted(EXAMPLES.glob("*.png"))[0], "one.png")
        table = _workbook(sheet)
        for number in range(40):
            archive.writestr(f"labels{number}.xlsx", table)
    return file.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _workbook(sheet: str) -> bytes:
    from openpyxl import Workbook

    empty = io.BytesIO()
    Workbook().save(empty)
    file = io.BytesIO()
    with zipfile.ZipFile(empty) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return file.getvalue()


class Watched:
    """The most that a server's memory grows to meanwhile."""

    def __init__(self, server: Server) -> None:
        self.most_mb, self._server, self._done = server.memory_mb, server, threading.Event()

    def __enter__(self) -> "Watched":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.05):
            self.most_mb = max(self.most_mb, self._server.memory_mb)


def timed_calls(server: Server, photo: str, count: int) -> tuple[list[float], list[Any]]:
    """Seconds of each call, and the labels that they gave."""
    seconds, labels = [], []
    for _ in range(count):
        started = time.perf_counter()
        (answer,) = server.call("classify", {"path": photo}, headers=OTHER)
        seconds.append(time.perf_counter() - started)
        labels.append([one["label"] for one in answer["top_k"]])
    return seconds, labels


@contextmanager
def greedy(server: Server, ask: Asking) -> Iterator[list[Any]]:
    """45 questions at the same time, whose asker hangs up in the end; what was answered by then."""
    answers: list[Any] = []
    leave = threading.Event()

    async def visit() -> None:
        limits = httpx.Limits(max_connections=GREEDY)
        async with httpx.AsyncClient(base_url=server.url, timeout=ANSWER_S, limits=limits) as client:
            tasks = [asyncio.create_task(ask(client, number)) for number in range(GREEDY)]
            for task in tasks:
                task.add_done_callback(lambda one: None if one.cancelled() else answers.append(one.result()))
            while not leave.is_set() and not all(task.done() for task in tasks):
                await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    visitor = threading.Thread(target=asyncio.run, args=(visit(),))
    visitor.start()
    try:
        yield answers
    finally:
        leave.set()
        visitor.join()


def greedy_visitor(server: Server, only: list[str]) -> None:
    """Print a line a kind."""
    photo = server.upload("photo.png", sorted(EXAMPLES.glob("*.png"))[0].read_bytes())
    _, (right, *_) = timed_calls(server, photo, CALLS)
    before_mb = server.memory_mb
    print(f"{before_mb:.0f} MB before")
    print("| 45 at once | idle, ms | median, × | slowest, × | grown at most, MB | answered meanwhile | free again, s |")
    print("|---|---|---|---|---|---|---|")
    for name, ask in kinds(server, photo).items():
        if only and name not in only:
            continue
        usual = statistics.median(timed_calls(server, photo, CALLS)[0])
        with Watched(server) as watched:
            with greedy(server, ask) as answers:
                time.sleep(SETTLED_S)
                seconds, labels = timed_calls(server, photo, CALLS)
            left = time.perf_counter()
            server.ask("examples", visitor="greedy")  # behind all that is still in line, as page and as program
            server.call("output_size", 9, headers=GREEDY_PROGRAM)
            free_s = time.perf_counter() - left
        assert all(one == right for one in labels), "an answer was another's"
        times = f"{usual * 1000:.0f} | {statistics.median(seconds) / usual:.1f} | {max(seconds) / usual:.1f}"
        print(f"| {name} | {times} | {watched.most_mb - before_mb:.0f} | {len(answers)} | {free_s:.1f} |", flush=True)
        for refusal in {json.dumps(one)[:160] for one in answers if isinstance(one, dict) and "error" in one}:
            print(f"  ({name}: {refusal})")


def growth(server: Server, count: int) -> None:
    """Print what the server occupies after a tenth of so many calls, and after all of them."""
    photo = server.upload("photo.png", sorted(EXAMPLES.glob("*.png"))[0].read_bytes())
    timed_calls(server, photo, count // 10)
    first_mb = server.memory_mb
    timed_calls(server, photo, count - count // 10)
    last_mb = server.memory_mb
    print(f"{first_mb:.0f} MB after {count // 10} calls, {last_mb:.0f} MB after {count}: × {last_mb / first_mb:.2f}")


def main() -> None:
    """Start a server and be greedy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="kinds of what is asked")
    parser.add_argument("--calls", type=int, default=0, help="measure so many calls of /classify instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        if options.calls:
            growth(server, options.calls)
        else:
            greedy_visitor(server, options.only)


if __name__ == "__main__":
    main()
