"""The command line."""

from .errors import DetectError
from .files import whole_number
from .install import RELEASE

FORMATS = ("text", "env", "docker", "compose", "systemd", "json")
BINDINGS = ("explicit", "auto", "nobind")

_ACTIONS = {
    "-q": "quiet",
    "--quiet": "quiet",
    "--explain": "explain",
    "--serve": "serve",
    "--check": "check",
    "--version": "version",
    "-h": "help",
    "--help": "help",
}

_VALUES = {
    "--release",
    "--cpuinfo",
    "--root",
    "--format",
    "--bind",
    "--weights",
    "--max-model-len",
    "--image",
    "--python",
    "--site-packages",
}

# Options that mean something only together with an action.
_BELONGS = (
    ("--format", "serve"),
    ("--bind", "serve"),
    ("--weights", "serve"),
    ("--max-model-len", "serve"),
    ("--image", "serve"),
    ("--python", "check"),
    ("--site-packages", "check"),
)


class Options:
    def __init__(self):
        self.action = "recommend"
        self.json = False
        self.uv = False
        self.release = None
        self.cpuinfo = None
        self.root = None
        self.model = None
        self.format = "text"
        self.bind = None
        self.weights_gib = None
        self.max_model_len = None
        self.image = None
        self.python = None
        self.site_packages = []


def parse_options(argv):
    """Understands the command line. Raises DetectError USAGE."""
    options = Options()
    given = set()
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, inline = word.partition("=") if word.startswith("--") else (word, "", "")
        given.add(name)
        action = _ACTIONS.get(name)
        if action is not None:
            if options.action not in ("recommend", action):
                raise _usage("%s cannot be combined with --%s." % (name, options.action))
            options.action = action
            if action == "serve":
                options.model = inline if equals else _optional_word(rest)
            elif equals:
                raise _usage("%s takes no value." % name)
        elif name in ("--json", "--uv"):
            if equals:
                raise _usage("%s takes no value." % name)
            setattr(options, name[2:], True)
        elif name in _VALUES:
            value = inline if equals else rest.pop(0) if rest else ""
            if value == "":
                raise _usage("%s needs a value." % name)
            _assign(options, name, value)
        else:
            raise _usage("%s is not an option of vllm-cpu-detect." % word)
    return _checked(options, given)


def _optional_word(rest):
    return rest.pop(0) if rest and not rest[0].startswith("-") else None


def _assign(options, name, value):
    if name == "--release":
        if not RELEASE.match(value):
            raise _usage("%s is not a version such as 0.12.0." % value)
        options.release = value
    elif name == "--format":
        options.format = _one_of(FORMATS, name, value)
    elif name == "--bind":
        options.bind = _one_of(BINDINGS, name, value)
    elif name == "--weights":
        options.weights_gib = _positive(name, value)
    elif name == "--max-model-len":
        options.max_model_len = _positive(name, value)
    elif name == "--site-packages":
        options.site_packages.append(value)
    else:
        setattr(options, name[2:], value)


def _one_of(choices, name, value):
    if value not in choices:
        raise _usage("%s takes one of %s." % (name, ", ".join(choices)))
    return value


def _positive(name, value):
    number = whole_number(value)
    if number is None or number < 1 or number > 1000000000:
        raise _usage("%s takes a whole number above zero." % name)
    return number


def _checked(options, given):
    for name, action in _BELONGS:
        if name in given and options.action != action:
            raise _usage("%s means something only together with --%s." % (name, action))
    if options.cpuinfo is not None and options.root is not None:
        raise _usage("--cpuinfo cannot be combined with --root.")
    if options.json and options.action in ("quiet", "explain"):
        raise _usage("--json cannot be combined with --%s." % options.action)
    if options.json and options.format not in ("text", "json"):
        raise _usage("--json cannot be combined with --format=%s." % options.format)
    options.json = options.json or options.format == "json"
    return options


def _usage(what):
    return DetectError(
        "USAGE",
        what,
        "The command line is not understood.",
        "See vllm-cpu-detect --help.",
        64,
    )
