"""Each page as it was and as it is, side by side: `python -m docs.before_and_after [COMMIT]`, one sheet for each width
and scheme in artefacts/before-and-after/, which is not kept. Without COMMIT a page's first picture is the earlier one.
"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from itertools import product

from PIL import Image, ImageDraw, ImageFont

from docs.screenshots import FOLDER, PAGES, SCHEMES, SIZES, file_name

ROOT = FOLDER.parents[1]
SHEETS = ROOT / "artefacts" / "before-and-after"
EARLIER = {  # what pages were called
    "overview": "who",
    "head_to_head": "overtakes",
    "agreement": "use",
    "events": "alerts",
    "surveys-regions": "regions",
}
PAIRS = {1440: 1, 390: 4}  # pages side by side
GAP, LETTERS = 24, 22  # pixels around pictures; of the words above them
GROUND, INK = {"light": "#d9dee5", "dark": "#2c3541"}, {"light": "#1b222b", "dark": "#e8ecf1"}


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True).stdout


def before(commit: str, name: str, width: int, scheme: str) -> Image.Image | None:
    """A page's picture in that commit (empty: its first), under its name of then or of today; None if it has none."""
    for called in filter(None, (EARLIER.get(name), name)):
        path = str((FOLDER / file_name(called, width, scheme)).relative_to(ROOT))
        added = _git("log", "--reverse", "--diff-filter=A", "--format=%H", "--", path).decode().split()
        if data := _git("show", f"{commit or next(iter(added), 'HEAD')}:{path}"):
            return Image.open(BytesIO(data)).convert("RGB")
    return None


def sheet(commit: str, width: int, scheme: str) -> Image.Image:
    """Every page as it was and as it is."""
    high, wide, across = SIZES[width] + LETTERS + 2 * GAP, 2 * width + 3 * GAP, PAIRS[width]
    made = Image.new("RGB", (wide * across, high * -(-len(PAGES) // across)), GROUND[scheme])
    for n, name in enumerate(PAGES):
        pair = {
            "before": before(commit, name, width, scheme),
            "now": Image.open(FOLDER / file_name(name, width, scheme)),
        }
        for column, (word, picture) in enumerate(pair.items()):
            place = (n % across * wide + GAP + column * (width + GAP), n // across * high + GAP)
            text = f"{name}, {word}" if picture else f"{name}: no picture {word}"
            ImageDraw.Draw(made).text(
                (place[0], place[1] - GAP // 2), text, INK[scheme], ImageFont.load_default(LETTERS)
            )
            if picture:
                made.paste(picture, (place[0], place[1] + LETTERS))
    return made


def main() -> int:
    """Make them all."""
    SHEETS.mkdir(parents=True, exist_ok=True)
    for width, scheme in product(SIZES, SCHEMES):
        path = SHEETS / file_name("pages", width, scheme)
        made = sheet(next(iter(sys.argv[1:]), ""), width, scheme)
        made.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
