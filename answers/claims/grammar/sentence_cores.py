"""The cores of sentences: who does what to whom, the kind of claim that is, and what its words are taken for."""

from __future__ import annotations

import re
from typing import NamedTuple

from answers.claims.grammar.sentence_parts import AMOUNT, COUNTS, NUMBER, SIZES

USE = "use"  # as a metric: downloads and surveys, but not stars


class Core(NamedTuple):
    """A sentence without its parts: the kind of claim, its words, and what those words are taken for (empty: plain).

    `what` is the metric that the words imply.
    """

    kind: str
    pattern: str
    taken: str = ""
    what: str = ""


_A, _B = r"(?P<a>.+?)", r"(?P<b>.+?)"
_HAS = r"(?:has |have |had )?"
_OWNS = r"(?:has had|have had|has|have|had|gets?|got)"
_PERCENT = r"(?P<percent>\d+(?:\.\d+)?) ?(?:%|percent|per cent)"
_SIZE = rf"(?P<size>{'|'.join(SIZES)})"
_NUMERAL = rf"\d+(?:\.\d+)?|{'|'.join(COUNTS)}"
_FACTOR = rf"a factor of (?P<by_factor>{_NUMERAL})"
_FOLD = rf"(?:(?P<fold>{_NUMERAL})[- ]?fold|by {_FACTOR})"
OF_SIZE = re.compile(rf"(?:{_SIZE} )?(?:{_PERCENT}|(?:a )?half|{_FACTOR})")  # behind "by", of a change
_PART = (
    r"(?:(?P<part>half|a half|a third|a quarter|a fifth|a tenth|two thirds|three quarters)"
    r" (?:as many|as much|of the|of|the))"
)
_REACHED = r"(?:reach(?:ed|es)?|pass(?:ed|es)?|cross(?:ed|es)?|hits?|surpass(?:ed|es)?|exceed(?:ed|s)?|got to|topped)"
_TIMES = (
    rf"(?:(?P<factor>twice|double|triple|thrice|one and a half times)"
    rf"|(?P<times>\d+(?:\.\d+)?|{'|'.join(COUNTS)})(?: times|x| x))"
)
_IS = r"(?:is|are|was|were|has been|have been)"
_GROWS = rf"(?:grows?|grew|(?:has|have) grown|{_IS} growing)"
_ROSE = rf"(?:{_GROWS}|rose|rises?|(?:has|have) risen|increase[sd]?|{_IS} (?:rising|increasing))"
_GAINED = rf"{_HAS}(?:gain(?:ed|s)?|add(?:ed|s)?|{_IS} gaining)"
_LOSES = rf"{_HAS}(?:lost|loses|{_IS} losing)"
_LOST = rf"(?:lost|loses|{_IS} losing) (?:ground|users|popularity)"
_FELL = rf"(?:fell|falls?|declined|took a hit|{_LOST}|{_IS} (?:falling|declining))"
_STRUGGLED = "is taken as: the other led all that time"
_DOUBLED = "is taken as: at least doubled, in a year where no other time is given"
_FALLING = "is taken as: falling, in a year where no other time is given"
_EACH = "in stars, downloads, surveys, dependents, job posts and page views, wherever there are data"
_USED = r"(?:{0} (?:widely |often )?used|used {0}(?: widely| often)?)"
_BY_USE = "in downloads and surveys of use, wherever there are data"
_ASKED_FOR, _BY_POSTS = r"(?:asked for|sought(?: after)?)", "in job posts"
_ON = r"(?:depend(?:ed)?|rel(?:y|ied)|build|(?:are |were )?built) on"
_BUILD = rf"packages (?:on pypi )?(?:required?|used?|need(?:ed)?|{_ON})"
_BY_PACKAGES = "in packages on PyPI that require it"
_GROWTH = rf"(?:(?:has|have|had|sees?|saw|{_IS} seeing) (?:some )?explosive growth|gr[eo]ws? explosively)"
_GOT = rf"{_HAS}{_REACHED} (?:the )?{NUMBER}(?P<size>) (?P<unit>.+?)(?: mark)?"
_CAME = r"(?:came out|was released|were released|appeared)"
_OF_ITS = r"(?: its (?P<unit>.+))?"
CORES = (
    Core("will", rf"{_A} (?:will|may|might|{_IS} (?:going|about) to) (?!go the way).+"),
    Core("first", rf"{_A} {_GOT} (?:before|earlier than|sooner than) {_B}"),
    Core("first", rf"{_B} {_GOT} (?:after|later than) {_A}"),
    Core("reached", rf"{_A} {_HAS}{_REACHED} (?:the )?{NUMBER}(?P<size>) (?P<unit>.+?)(?: mark)?"),
    Core("passed", rf"{_A} {_HAS}(?:pass(?:ed|es)?|overt(?:ook|ake|akes|aken)|surpass(?:ed|es)?|gone past) {_B}"),
    Core("passed", rf"{_B} {_HAS}(?:lost|loses?) (?:its|the|their) lead to {_A}"),
    Core("led", rf"{_A} {_HAS}(?:leads?|led|beats?|{_IS} ahead of) {_B}"),
    Core("led", rf"{_B} {_HAS}(?:trails?|trailed|{_IS} behind|lags? behind) {_A}"),
    Core("led", rf"{_A} {_IS} more popular than {_B}", f"“more popular” is taken as: ahead {_EACH}"),
    Core("led", rf"(?:is )?{_B} (?:is )?(?:really )?losing to {_A}", f"“losing to” is taken as: behind {_EACH}"),
    Core("led", rf"{_B} {_IS} less popular than {_A}", f"“less popular” is taken as: behind {_EACH}"),
    Core("led", rf"{_A} {_IS} (?:the )?most popular(?: framework)?", f"“most popular” is taken as: first {_EACH}"),
    Core(
        "led",
        rf"{_A} {_IS} (?:the )?{_USED.format('most')}(?: framework)?",
        f"“most used” is taken as: first {_BY_USE}",
        USE,
    ),
    Core("led", rf"{_A} {_IS} {_USED.format('more')} than {_B}", f"“more used” is taken as: ahead {_BY_USE}", USE),
    Core("led", rf"{_B} {_IS} {_USED.format('less')} than {_A}", f"“less used” is taken as: behind {_BY_USE}", USE),
    Core("led", rf"{_A} {_IS} more {_ASKED_FOR} than {_B}", f"“more asked for” is taken as: ahead {_BY_POSTS}", "jobs"),
    Core(
        "led", rf"{_B} {_IS} less {_ASKED_FOR} than {_A}", f"“less asked for” is taken as: behind {_BY_POSTS}", "jobs"
    ),
    Core(
        "led",
        rf"more {_BUILD} {_A} than (?:on )?{_B}",
        f"“more packages” is taken as: ahead {_BY_PACKAGES}",
        "dependents",
    ),
    Core(
        "led",
        rf"fewer {_BUILD} {_B} than (?:on )?{_A}",
        f"“fewer packages” is taken as: behind {_BY_PACKAGES}",
        "dependents",
    ),
    Core("led", rf"(?:the )?most {_BUILD} {_A}", f"“most packages” is taken as: first {_BY_PACKAGES}", "dependents"),
    Core("led", rf"{_A} {_OWNS} (?:the )?most (?P<unit>.+?)(?: of all(?: frameworks)?)?"),
    Core(
        "led",
        rf"{_A} {_OWNS} (?:{_SIZE} )?{_TIMES} (?:as many|as much|(?P<more>more)|the) (?P<unit>.+) (?:as|than|of) {_B}",
    ),
    Core("led", rf"{_A} {_IS} (?:{_SIZE} )?{_TIMES} as popular as {_B}", f"“popular” is taken as: {_EACH}"),
    Core("led", rf"{_B} {_OWNS} (?:{_SIZE} )?{_PART} (?P<unit>.+) (?:as|than|of|that) {_A}"),
    Core("led", rf"{_A} {_OWNS} (?:{_SIZE} )?{_PERCENT} (?P<relative>more) (?P<unit>.+) than {_B}"),
    Core("led", rf"{_B} {_OWNS} (?:{_SIZE} )?{_PERCENT} (?P<relative>fewer|less) (?P<unit>.+) than {_A}"),
    Core("led", rf"{_A} {_OWNS} (?:{AMOUNT} )?more (?P<unit>.+) than {_B}"),
    Core("led", rf"{_B} {_OWNS} (?:{AMOUNT} )?(?:fewer|less) (?P<unit>.+) than {_A}"),
    Core("has", rf"{_A} {_OWNS} {AMOUNT} (?P<unit>.+)"),
    Core("led", rf"{_B} {_HAS}struggl(?:ed|es|ing) to (?:catch|keep) up (?:with|to) {_A}", f"“struggled” {_STRUGGLED}"),
    Core("older", rf"{_A} {_IS} older than {_B}"),
    Core("older", rf"{_B} {_IS} (?:younger|newer) than {_A}"),
    Core("older", rf"{_A} {_CAME} before {_B}"),
    Core("older", rf"{_B} {_CAME} after {_A}"),
    Core("grows", rf"{_A} {_GROWS} (?:faster|more) than {_B}"),
    Core("grows", rf"{_B} {_GROWS} (?:slower|more slowly|less) than {_A}"),
    Core("gained", rf"{_A} {_GAINED} more than (?!\d){_B}"),
    Core("gained", rf"{_A} {_GAINED} more (?P<unit>.+) than {_B}"),
    Core("gained", rf"{_A} {_GAINED} the most (?P<unit>.+?)(?: of all(?: frameworks)?)?"),
    Core("gained", rf"{_B} {_GAINED} (?:fewer|less)(?: (?P<unit>.+))? than (?!\d){_A}"),
    Core("grows", rf"{_A} (?:{_GROWS} (?:the )?fastest|{_IS} the fastest[- ]growing(?: framework)?)"),
    Core(
        "exploded", rf"{_A}(?:'s growth)? (?:exploded|{_IS} (?:exploding|explosive|booming))", f"“explosive” {_DOUBLED}"
    ),
    Core("exploded", rf"{_A} {_GROWTH}", f"“explosive” {_DOUBLED}"),
    Core("exploded", rf"{_A} {_HAS}(?:{_SIZE} )?(?P<factor>doubled|tripled|trebled|quadrupled){_OF_ITS}"),
    Core("exploded", rf"{_A} {_ROSE} (?:{_SIZE} )?{_FOLD}"),
    Core("rose", rf"{_A} {_ROSE}(?: by)? (?:{_SIZE} )?{_PERCENT}"),
    Core("rose", rf"{_A} {_GAINED} {AMOUNT} (?:new |more )?(?P<unit>.+)"),
    Core("fell", rf"{_A} {_HAS}(?:{_SIZE} )?(?P<half>halved){_OF_ITS}"),
    Core("fell", rf"{_A} {_FELL}(?: by)? (?:{_SIZE} )?(?:{_PERCENT}|(?:a )?(?P<half>half))"),
    Core("fell", rf"{_A} {_LOSES} (?:{_SIZE} )?(?:{_PERCENT} of|(?P<half>half)(?: of)?) (?:its|the) (?P<unit>.+)"),
    Core("fell", rf"{_A} {_LOSES} (?:{_SIZE} )?{_PERCENT}"),
    Core("fell", rf"{_A} {_LOSES} {AMOUNT} (?P<unit>.+)"),
    Core("fell", rf"{_A} {_FELL}"),
    Core("fell", rf"{_A} {_LOSES} (?P<unit>[a-z].+)"),
    Core("fell", rf"{_A} {_IS} less {_ASKED_FOR}", f"“less asked for” is taken as: named less {_BY_POSTS}", "jobs"),
    Core("fell", rf"{_A} {_IS} (?:dying|dead|obsolete)", f"“dying” or “dead” {_FALLING}"),
    Core("fell", rf"{_A} (?:will go|{_IS} going|went|goes?) the way of the dodo", f"“the way of the dodo” {_FALLING}"),
    Core("rose", rf"{_A} {_ROSE}"),
    Core("rose", rf"{_A} {_GAINED} (?!more )(?P<unit>[a-z].+)"),
    Core("alike", rf"{_A} {_IS}"),
    Core("measures", r"(?P<a>stars) are a measure of use"),
    Core("turned", rf"{_A} turned (?P<number>[1-9]\d?)(?P<scale>)(?P<size>)(?P<unit>)"),
)
FACTORS = {"twice": 2, "double": 2, "triple": 3, "thrice": 3, "one and a half times": 1.5,
    "doubled": 2, "tripled": 3, "trebled": 3, "quadrupled": 4,
}  # fmt: skip
PARTS = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10, "two thirds": 2 / 3,
    "three quarters": 3 / 4,
}  # fmt: skip
OF_ALL = ("led", "grows", "gained")  # the kinds that have no second framework where all others are meant
SIZED = ("passed", "led", "has", "rose", "fell")  # the kinds whose number is a size, of which there may be more
CHANGED = ("exploded", "rose", "fell")  # the kinds that hold one framework against its own past
EVER = ("passed", "led", "reached")  # the kinds that "never" is understood of
_TIME = {"when", "span", "back"}
DATED = _TIME | {"until", "deadline"}
USES = {  # which parts each kind can be judged with
    "passed": DATED | {"by", "metric"},
    "reached": DATED,
    "first": set(),
    "older": set(),
    "has": {"when", "span", "deadline"},
    "led": DATED | {"by", "metric", "place"},
    "grows": _TIME | {"metric"},
    "gained": _TIME | {"metric"},
    "exploded": _TIME | {"metric"},
    "rose": _TIME | {"by", "metric", "place"},
    "fell": _TIME | {"by", "metric", "place"},
    "alike": {"when", "metric", "alike"},
    "measures": {"when"},
    "turned": {"when", "span"},
}
