"""Take the README's pictures of the page: `make screenshots`."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from explorer.settings import Settings
from explorer.ui.page import build_app, launch
from tests.chromium import FLAGS, chromium_path

TABS = {
    "Filters": "filters",
    "Output sizes": "output-sizes",
    "Feature maps": "feature-maps",
    "Classifier": "classifier",
}
LESSON = "lesson.step=norm&lesson.lang=en&lesson.shown=1"


def main() -> int:
    """Write one picture a tab, and one of a lesson, into assets/screenshots, 1280 × 900."""
    folder = ROOT / "assets" / "screenshots"
    folder.mkdir(exist_ok=True)
    settings = Settings(port=0)
    app = build_app(settings)
    _, url, _ = launch(app, settings, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.goto(f"{url}?__theme=light", wait_until="domcontentloaded")
        page.locator(".photo-column .answer:has-text('%')").wait_for(timeout=120_000)
        for tab, name in TABS.items():
            page.get_by_role("tab", name=tab, exact=True).click()
            page.wait_for_timeout(2500)  # motion has come to rest
            page.screenshot(path=folder / f"{name}.png")
        page.goto(f"{url}?__theme=light&{LESSON}", wait_until="domcontentloaded")
        page.locator(".lesson-reveal").wait_for(timeout=60_000)
        page.wait_for_timeout(2500)
        page.screenshot(path=folder / "lessons.png")
        browser.close()
    app.close(verbose=False)
    sys.stdout.write(f"{len(TABS) + 1} pictures taken into {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
