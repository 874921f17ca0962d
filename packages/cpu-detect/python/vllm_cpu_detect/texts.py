"""Every sentence of the output, from data/texts.json, and the words that go into them."""

import re

from ._table import TEXTS


def say(key, **values):
    """The text `key` with every `{name}` replaced by the value of that name."""

    def value(match):
        found = values.get(match.group(1))
        return match.group(0) if found is None else str(found)

    return re.sub(r"\{(\w+)\}", value, TEXTS[key])


def list_of(words):
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return "%s and %s" % (", ".join(words[:-1]), words[-1])


def count(number, noun):
    """`1 node`, `3 nodes`: a count with its noun."""
    return "1 %s" % noun if number == 1 else "%d %ss" % (number, noun)


def gib(mib):
    """MiB as GiB with one decimal, rounded down: 12.5 GiB. Integer arithmetic only."""
    tenths = mib * 10 // 1024
    return "%d.%d GiB" % (tenths // 10, tenths % 10)
