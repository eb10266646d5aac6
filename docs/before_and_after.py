"""Each page as it was and as it is, side by side: `python -m docs.before_and_after [COMMIT]`, one sheet for each width
and scheme in artefacts/before-and-after/, which is not kept. COMMIT is whose pictures are the earlier ones: of none
the first that had any.
"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from docs.screenshots import FOLDER, PAGES, SCHEMES, SIZES, file_name

ROOT = FOLDER.parents[1]
SHEETS = ROOT / "artefacts" / "before-and-after"
WITHIN = FOLDER.relative_to(ROOT)
EARLIER = {  # what pages were called
    "overview": "who",
    "head_to_head": "overtakes",
    "agreement": "use",
    "events": "alerts",
    "surveys-regions": "regions",
}
GAP, LETTERS = 24, 22  # pixels around pictures; of the words above them
GROUND, INK = {"light": "#d9dee5", "dark": "#2c3541"}, {"light": "#1b222b", "dark": "#e8ecf1"}


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True).stdout


def before(commit: str, name: str, width: int, scheme: str) -> Image.Image | None:
    """A page's picture in that commit, under its name of today or of then; None where it has none."""
    for called in filter(None, (name, EARLIER.get(name))):
        if data := _git("show", f"{commit}:{WITHIN / file_name(called, width, scheme)}"):
            return Image.open(BytesIO(data)).convert("RGB")
    return None


def sheet(commit: str, width: int, scheme: str) -> Image.Image:
    """Every page in a row of its own: as it was, as it is."""
    high, head = SIZES[width] + LETTERS + 2 * GAP, ImageFont.load_default(LETTERS)
    made = Image.new("RGB", (2 * width + 3 * GAP, high * len(PAGES)), GROUND[scheme])
    for row, name in enumerate(PAGES):
        pair = (before(commit, name, width, scheme), Image.open(FOLDER / file_name(name, width, scheme)))
        for column, (word, picture) in enumerate(zip(("before", "now"), pair, strict=True)):
            left, top = GAP + column * (width + GAP), GAP + row * high
            text = f"{name}: {word}" if picture else f"{name}: no such page {word}"
            ImageDraw.Draw(made).text((left, top - GAP // 2), text, INK[scheme], head)
            if picture:
                made.paste(picture, (left, top + LETTERS))
    return made


def main() -> int:
    """Make them all."""
    first = _git("log", "--reverse", "--diff-filter=A", "--format=%H", "--", str(WITHIN / "*.png")).decode().split()
    commit = next(iter(sys.argv[1:]), next(iter(first), ""))
    SHEETS.mkdir(parents=True, exist_ok=True)
    for width, scheme in product(SIZES, SCHEMES):
        path: Path = SHEETS / file_name("pages", width, scheme)
        sheet(commit, width, scheme).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
