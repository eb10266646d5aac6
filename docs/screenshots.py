"""Takes docs/screenshots/: `python -m docs.screenshots`. Every page, wide and narrow, light and dark, its first screen.

The dashboard runs on a store of its own that holds only what comes with Uptake, so the pictures show nobody's data and
need no network. They are kept in git, in 256 colours, which is a third of their size; README.md there shows them all.
"""

from __future__ import annotations

import os
import shutil
import sys
from io import BytesIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.browsing import CANDIDATES, FLAGS, Visit
from tests.support.serving import Server, fill, foretell, serving

FOLDER = Path(__file__).parent / "screenshots"
PAGES = {
    "overview": "",
    "head_to_head": "head-to-head?on=2020-11-25",
    "agreement": "agreement",
    "forecast": "forecast",
    "trends": "trends",
    "surveys": "surveys",
    "surveys-regions": "surveys?show=regions",
    "anomalies": "anomalies",
    "claims": "claims",
    "events": "events",
    "metrics": "metrics",
    "collection": "collection",
}
SIZES = {1440: 1080, 390: 844}  # CSS pixels, one to a pixel of the picture: width to height
SCHEMES = ("light", "dark")
GALLERY = "# Every page\n\nFrom the figures that come with Uptake alone, made by `make screenshots`."


def chromium() -> str | None:
    """Where Chromium is: named in CHROMIUM, or on PATH; None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CANDIDATES)), None)


def file_name(name: str, width: int, scheme: str) -> str:
    """What a page's picture is called."""
    return f"{name}-{width}-{scheme}.png"


def take(browser: Browser, server: Server, width: int, scheme: str) -> list[Path]:
    """The pages of a running dashboard as PNG files. AssertionError if a page failed, or asked anything of others."""
    visit = Visit(browser, server, width=width, scheme=scheme)
    visit.page.set_viewport_size({"width": width, "height": SIZES[width]})
    taken = []
    for name, path in PAGES.items():
        visit.open(path)
        taken.append(FOLDER / file_name(name, width, scheme))
        shot = Image.open(BytesIO(visit.page.screenshot()))
        shot.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(taken[-1], optimize=True)
    visit.close()
    return taken


def gallery() -> str:
    """The page that shows them all."""
    rows = [
        f"## {name}, {width} px\n\n"
        + " ".join(f"![{name}, {scheme}]({file_name(name, width, scheme)})" for scheme in SCHEMES)
        for name, width in product(PAGES, SIZES)
    ]
    return "\n\n".join([GALLERY, *rows]) + "\n"


def main() -> int:
    """Take them all; 1, and a sentence, without a Chromium."""
    path = chromium()
    if path is None:
        print("No Chromium on this machine: install it, or name it in CHROMIUM.", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="uptake-") as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/uptake.db"
        fill(url)
        foretell(url)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with serving(url, Path(folder)) as server:
            for width, scheme in product(SIZES, SCHEMES):
                for file in take(browser, server, width, scheme):
                    print(f"{file.name}  {file.stat().st_size / 1000:.0f} kB")
        browser.close()
    (FOLDER / "README.md").write_text(gallery(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
