"""Settings of `vllm serve` for this machine, from vllm-cpu-detect."""

import re

from vllm_cpu_detect._table import VARIANTS
from vllm_cpu_detect.serve.advice import serve_advice
from vllm_cpu_detect.texts import shell_word

from .arguments import model_of, number_option, option
from .failure import note, say

# Where a reason goes on about an option of the detector's command, which vLLM does not have.
_DETECTORS_OPTION = " Give a model or --weights"


def tune(environment, cpu, recommendation, variant, command):
    """Sets what is not set, and prints everything that counts.

    A variable that is there keeps its value; an empty one is taken away, so vLLM's default counts.
    """
    binding = environment.get("VLLM_CPU_OMP_THREADS_BIND")
    release = _release(environment)
    usable = _compiled_for(cpu, variant)
    advice = advise(usable, recommendation, command.arguments, binding, release)
    for setting in advice["environment"]:
        if setting["name"] == "VLLM_CPU_OMP_THREADS_BIND":
            _speak_as(environment.get("VLLM_CPU_RELEASE", ""), setting, cpu, command)
    for setting in advice["environment"]:
        name = setting["name"]
        given = environment.get(name)
        if given is None:
            environment[name] = setting["value"]
            why = setting["why"].partition(_DETECTORS_OPTION)[0]
            say("%s=%s  %s" % (name, shell_word(setting["value"]), why))
        elif given == "":
            del environment[name]
            say("%s is empty: vLLM's own default counts." % name)
        else:
            printable = shell_word(given).encode("unicode_escape").decode("ascii")
            say("%s=%s  As given." % (name, printable))
    for text in advice["notes"]:
        note(text)
    if command.serves and advice["arguments"]:
        say("To use this machine better, add: " + " ".join(advice["arguments"]))


def _release(environment):
    """The release in the image; None, the newest, where it says none or one that is no version."""
    release = environment.get("VLLM_CPU_RELEASE", "")
    return release if re.match(r"[0-9]+\.[0-9]+", release) else None


def advise(cpu, recommendation, argv, binding=None, release=None):
    """environment, notes, and `arguments` that argv lacks and this machine would gain from.

    Arguments are never added by themselves: the words given are the words that vLLM gets.
    """
    bind = binding if binding in ("auto", "nobind") else None
    model = model_of(argv)
    ranks = _ranks(argv)
    best = serve_advice(cpu, recommendation, model=model, bind=bind, release=release)
    fitted = best
    if ranks != best["placement"]["tensorParallelSize"]:
        fitted = _fit(cpu, recommendation, model, bind, ranks, release)
    useful = [word for word in best["command"][3:] if word != "--tensor-parallel-size=1"]
    return {
        "environment": fitted["environment"],
        # That one names an option of the detector's command.
        "notes": [text for text in fitted["notes"] if "--weights GIB" not in text],
        "arguments": [word for word in useful if _lacks(argv, word)],
    }


def _speak_as(release, binding, cpu, command):
    """Leaves threads unbound where the release would end with an error, in the release's words.

    Read at the tags in vllm/v1/worker/cpu_worker.py, vllm/worker/cpu_worker.py, csrc/cpu/utils.cpp:
    up to 0.11.0 unbound is `all`, once for each rank, and every unknown word counts as a list of
    processors; up to 0.9.0 `auto` is unknown; up to 0.9.1 binding needs migrate_pages(2), which the
    seccomp filter of a container forbids.
    """
    version = re.match(r"([0-9]+)\.([0-9]+)\.([0-9]+)", release)
    numbers = tuple(int(number) for number in version.groups()) if version else (1,)
    filtered = cpu["environment"]["seccomp"] is True
    # The detector says it for as many ranks as it placed, which the arguments may exceed.
    unbound = binding["value"] == "nobind" or binding["value"].startswith("all")
    if (
        (unbound and numbers < (0, 11, 1))
        or (binding["value"] == "auto" and numbers < (0, 9, 1))
        or (filtered and numbers < (0, 9, 2))
    ):
        binding["value"] = "|".join(["all"] * _ranks(command.arguments))
        binding["why"] = "Unbound, as vLLM %s says it." % release


def _compiled_for(cpu, variant):
    """The CPU as this image's code can use it: on a newer one it has no kernels for the rest."""
    platform = cpu["platform"]
    own = set()
    above = set()
    for entry in VARIANTS:
        names = entry["requires"].get(platform, ())
        (own if entry["name"] == variant else above).update(names)
    usable = [name for name in cpu["features"] if name in own or name not in above]
    return dict(cpu, features=usable)


def _ranks(argv):
    """Processes that compute: each needs a list of processors of its own."""
    local = option(argv, "--data-parallel-size-local", "-dpl")
    data = number_option(argv, "--data-parallel-size", "-dp")
    if local is not None:
        data = number_option(argv, "--data-parallel-size-local", "-dpl")
    tensor = number_option(argv, "--tensor-parallel-size", "-tp")
    return tensor * number_option(argv, "--pipeline-parallel-size", "-pp") * data


def _fit(cpu, recommendation, model, bind, ranks, release):
    """Advice for as many ranks as the arguments ask for, not for as many as would be best."""
    nodes = cpu["topology"]["nodes"]
    first = [node["id"] for node in nodes if node["usable"]][:ranks]
    kept = [dict(node, usable=node["id"] in first) for node in nodes]
    some = dict(cpu, topology=dict(cpu["topology"], nodes=kept))
    advice = serve_advice(some, recommendation, model=model, bind=bind, release=release)
    if advice["placement"]["tensorParallelSize"] == ranks:
        return advice
    # More ranks than memory nodes: they share processors and memory, and none is pinned.
    advice = serve_advice(cpu, recommendation, model=model, bind="nobind", release=release)
    placed = advice["placement"]["tensorParallelSize"]
    for setting in advice["environment"]:
        if setting["name"] in ("VLLM_CPU_KVCACHE_SPACE", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            setting["value"] = str(max(1, int(setting["value"]) * placed // ranks))
            setting["why"] = "For each of %d ranks, which are more than NUMA nodes." % ranks
        elif setting["name"] == "VLLM_CPU_OMP_THREADS_BIND":
            setting["why"] = "%d ranks share the processors, so none are pinned." % ranks
    return advice


def _lacks(argv, word):
    name = word.partition("=")[0]
    short = {"--tensor-parallel-size": "-tp"}.get(name, name)
    return option(argv, name, short) is None and option(argv, "--config") is None
