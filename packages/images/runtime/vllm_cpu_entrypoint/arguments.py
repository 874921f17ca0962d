"""What the words behind the image's name mean."""

import os
import re
import shutil

from .failure import USAGE, StartError

# How options of `vllm serve` begin that take no value: fields of type bool in vllm/config, 0.8.5 to
# 0.16.0. A word behind any other option counts as its value, not as the model.
_FLAGS = (
    *("--enable-", "--disable-", "--no-", "--enforce-", "--trust-", "--skip-", "--allow-"),
    *("--aggregate-", "--async-scheduling", "--calculate-", "--data-parallel-external-lb"),
    *("--data-parallel-hybrid-lb", "--exclude-", "--fully-", "--headless", "--interleave-"),
    *("--kv-sharing-", "--log-error-stack", "--ray-", "--return-", "--tokens-only", "--use-"),
)
# Whole names: longer ones that begin so take a value.
_WHOLE_FLAGS = ("--", "-dpe", "-dph", "--kv-cache-metrics")

# Those that take all words up to the next option (nargs="+").
_LISTS = (
    *("--allowed-media-domains", "--api-key", "--collect-detailed-traces", "--cuda-graph-sizes"),
    *("--cudagraph-capture-sizes", "--ignore-patterns", "--logits-processors", "--lora-modules"),
    *("--prompt-adapters", "--served-model-name"),
)


class Command:
    """words: argv of the child; name: vllm's command, such as `serve`, or None for a program."""

    def __init__(self, words, name):
        self.words = words
        self.name = name
        self.serves = name == "serve"

    @property
    def arguments(self):
        """The words behind `vllm serve`."""
        return self.words[2:] if self.serves else []


def read_command(argv, environment):
    """Words that begin with a program run that; all others are arguments of `vllm serve`.

    The words are never changed. Raises StartError NO_MODEL.
    """
    if argv == ["--version"]:
        return Command(["vllm", "--version"], "--version")
    if argv and _is_program(argv[0], environment):
        own = os.path.basename(argv[0]) == "vllm"
        return Command(list(argv), argv[1] if own and len(argv) > 1 else "vllm" if own else None)
    words = ["vllm", "serve"]
    if model_of(argv) == "":
        raise _no_model(
            "The model's name is empty.",
            "Mostly a variable that is not set is in its place.",
            environment,
        )
    if not asks_for_help(argv) and not names_model(argv):
        words.append(_default_model(environment))
    return Command(words + list(argv), "serve")


def _is_program(word, environment):
    if word == "" or word.startswith("-"):
        return False
    if "/" in word:
        return os.path.isfile(word) and os.access(word, os.X_OK)
    # A model's folder in the working directory goes before a program of its name.
    return not os.path.isdir(word) and shutil.which(word, path=environment.get("PATH")) is not None


def asks_for_help(argv):
    return any(word in ("-h", "--help") or word.startswith("--help=") for word in argv)


def names_model(argv):
    """Whether a model is named, here or in the file of --config."""
    return model_of(argv) is not None or option(argv, "--config") is not None


def model_of(argv):
    """The model: that of --model, or the first word that is no option and no option's value."""
    values = 0
    for word in argv:
        if _is_option(word):
            values = _values_of(word, len(argv))
        elif values > 0:
            values -= 1
        else:
            return word
    return option(argv, "--model")


def _is_option(word):
    """As argparse has it, to which a negative number is none."""
    return len(word) > 1 and word[0] == "-" and not re.match(r"-[0-9]*\.?[0-9]+\Z", word)


def _values_of(word, all_of_them):
    """How many words behind an option are its values, at most."""
    name = word.replace("_", "-")
    if "=" in word or name in _WHOLE_FLAGS or name.startswith(_FLAGS) or re.match("-O[0-9]", word):
        return 0
    return all_of_them if name in _LISTS else 1


def _default_model(environment):
    model = environment.get("VLLM_MODEL", "")
    if model:
        return model
    raise _no_model(
        "No model is named.",
        "Without one vLLM would download and serve a model of its own choice.",
        environment,
    )


def _no_model(what, why, environment):
    image = environment.get("VLLM_CPU_IMAGE") or "IMAGE"
    after = (
        "Put it before all options, or set VLLM_MODEL: "
        "docker run -p 8000:8000 %s Qwen/Qwen2.5-0.5B-Instruct --max-model-len 2048" % image
    )
    return StartError("NO_MODEL", what, why, after, USAGE)


def option(argv, *names):
    """The value of the last of `--name value` and `--name=value`; None without one.

    As vLLM's parser, it takes an underscore in a name for a dash.
    """
    value = None
    for index, word in enumerate(argv):
        name, equals, inline = word.partition("=")
        if not name.startswith("-") or name.replace("_", "-") not in names:
            continue
        if equals:
            value = inline
        elif index + 1 < len(argv):
            value = argv[index + 1]
    return value


def number_option(argv, *names):
    """A whole number above zero; 1 where there is none (vLLM itself refuses nonsense)."""
    value = option(argv, *names) or ""
    return max(1, int(value)) if value.isascii() and value.isdigit() else 1


def is_eager(argv):
    """Whether the arguments settle how the model is compiled."""
    settled = ("--enforce-eager", "--compilation-config", "--config", "-O", "-cc")
    return any(word.partition("=")[0].replace("_", "-").startswith(settled) for word in argv)
