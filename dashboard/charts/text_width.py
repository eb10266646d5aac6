"""How wide text is, without a font at hand: for pictures, whose bytes must not depend on the machine.

The widths are those that Helvetica, Arial and Liberation Sans share (Adobe's metrics of Helvetica), in thousandths of
the font's size. Whatever is not listed counts as wide as a capital, so that unknown text is given too much room
rather than too little.
"""

from __future__ import annotations

FAMILY = "Liberation Sans, Arial, Helvetica, sans-serif"  # the first is built into the renderer
BOLD = 1.07  # how much wider bold letters are, at most places
_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckszvxy",
    556: "#$0123456789?L_abdeghnopqu–",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…—",
    1015: "@",
}
_WIDTH = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_WIDE = 1000 - 222  # an unknown letter of an alphabet
_FULL = 1000  # an ideograph, an emoji
_FIRST_IDEOGRAPH = "\u2e80"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line of text in pixels, at a size in pixels."""
    thousandths = sum(_WIDTH.get(c, _FULL if c >= _FIRST_IDEOGRAPH else _WIDE) for c in text)
    return thousandths * size / 1000 * (BOLD if bold else 1)


def wrapped(text: str, size: float, room: float, most: int, *, bold: bool = False) -> list[str]:
    """Text in at most `most` lines no wider than `room` pixels; what does not fit ends in an ellipsis."""
    lines, words = [""], text.split()
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, bold=bold) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] = f"{kept[-1]} …"
    return [cut(line, size, room, bold=bold) for line in kept]


def cut(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """A line of text no wider than `room` pixels, with an ellipsis where something is missing."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = text.removesuffix(" …").rstrip()
    while kept and width(f"{kept} …", size, bold=bold) > room:
        kept = kept[:-1].rstrip()
    return f"{kept} …"
