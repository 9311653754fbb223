"""A page at another zoom or on another screen, and what is drawn under a place of it."""

from playwright.sync_api import Locator, Page

from tests.browser.classifier_steps import rest

SCALES = ((0.5, 1), (1, 3), (1.5, 1.5), (3, 2))  # zooms of the page and pixel ratios of the screen
SCREEN = (1280, 720)
# Pieces in the pointer's colour on a canvas, as boxes on the page, the smallest first.
PIECES = """(selector) => {
    const canvas = document.querySelector(selector);
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const box = canvas.getBoundingClientRect();
    const alike = (at) => {
        const [red, green, blue] = data.subarray(4 * at, 4 * at + 3);
        return red > 180 && red - green > 90 && blue - green > 60;
    };
    const left = new Set();
    for (let at = 0; at < width * height; at += 1) if (alike(at)) left.add(at);
    const pieces = [];
    for (const first of left) {
        const found = [first];
        left.delete(first);
        let [x0, x1, y0, y1] = [width, 0, height, 0];
        while (found.length) {
            const at = found.pop();
            const [x, y] = [at % width, Math.floor(at / width)];
            [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x + 1), Math.min(y0, y), Math.max(y1, y + 1)];
            for (let down = -1; down <= 1; down += 1) for (let on = -1; on <= 1; on += 1) {
                const next = at + down * width + on;
                if (left.delete(next)) found.push(next);
            }
        }
        const [across, high] = [box.width / width, box.height / height];
        const [w, h] = [(x1 - x0) * across, (y1 - y0) * high];
        pieces.push({ x: box.left + x0 * across, y: box.top + y0 * high, width: w, height: h });
    }
    return pieces.filter((one) => Math.min(one.width, one.height) > 4)
        .sort((one, other) => one.width * one.height - other.width * other.height);
}"""


def scales(page: Page):
    """At each scale in turn, the page drawn anew: (zoom, ratio)."""
    session = page.context.new_cdp_session(page)
    for zoom, ratio in SCALES:
        width, height = (round(side / zoom) for side in SCREEN)
        size = {"width": width, "height": height, "deviceScaleFactor": zoom * ratio, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", size)
        page.wait_for_function(
            "([wide, dense]) => innerWidth === wide && devicePixelRatio === dense", arg=[width, zoom * ratio]
        )
        page.mouse.move(1, 1)
        rest(page)
        rest(page)
        yield zoom, ratio


def project(page: Page) -> None:
    """Projector mode on, and drawn."""
    page.get_by_role("button", name="Projector").click()
    page.wait_for_function("document.documentElement.classList.contains('projected')")
    rest(page)


def pieces(page: Page, canvas: str) -> list[dict[str, float]]:
    """What is drawn on a canvas in the pointer's colour: the boxes of its pieces on the page, the smallest first."""
    page.locator(canvas).first.scroll_into_view_if_needed()
    rest(page)
    return page.evaluate(PIECES, canvas)


def middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def cell_of(box: dict[str, float], row: int, column: int, height: int, width: int) -> tuple[float, float]:
    """The middle of a number of a map that fills a box."""
    return box["x"] + (column + 0.5) * box["width"] / width, box["y"] + (row + 0.5) * box["height"] / height


def point_at(page: Page, map_: Locator, row: int, column: int, height: int, width: int) -> tuple[float, float]:
    """Put the pointer on a number of a map, which may be higher than the window; gives back where that is."""
    bring(page, cell_of(map_.bounding_box(), row, column, height, width))
    x, y = cell_of(map_.bounding_box(), row, column, height, width)
    move_to(page, (x, y))
    return x, y


def bring(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    """Scroll the page until a place of it is well inside the window; gives back where it is then."""
    before = page.evaluate("scrollY")
    page.evaluate("y => scrollBy(0, Math.min(0, y - 60) + Math.max(0, y + 60 - innerHeight))", place[1])
    return place[0], place[1] - page.evaluate("scrollY") + before


def move_to(page: Page, place: tuple[float, float]) -> None:
    page.mouse.move(place[0] + 1, place[1] + 1)
    page.mouse.move(*place)
    rest(page)
