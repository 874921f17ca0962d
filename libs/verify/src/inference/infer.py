# SPDX-License-Identifier: Apache-2.0
"""Generates text with the installed vLLM: `infer.py <folder> <tokens>`.

Makes a Llama of two small layers with random weights and a byte tokenizer in <folder>, downloads nothing,
and writes what came out to <folder>/result.json.
"""

import json
import os
import sys

PROMPTS = ["The quick brown fox", "1, 2, 3, 4,", "\u00e9t\u00e9 \u2603"]


def make_tokenizer(folder):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokens = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>"
    )
    fast.save_pretrained(folder)
    return len(tokens)


def make_model(folder, vocabulary_size):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary_size,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        # 64 wide heads: the CPU attention kernels have a fixed list of sizes.
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=1,
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)


def generate(folder, count):
    """Token ids of each prompt, of two runs."""
    from vllm import LLM, SamplingParams

    llm = LLM(
        model=folder,
        dtype="bfloat16",
        max_model_len=128,
        max_num_seqs=4,
        # torch.compile would need a C++ compiler; the kernels are the same.
        enforce_eager=True,
        # Otherwise the second run would take the first one's cache.
        enable_prefix_caching=False,
        seed=0,
    )
    greedy = SamplingParams(temperature=0, max_tokens=count, ignore_eos=True)

    def once():
        answers = llm.generate(PROMPTS, greedy, use_tqdm=False)
        return [list(answer.outputs[0].token_ids) for answer in answers]

    return [once(), once()]


def version(distribution):
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    model = os.path.join(folder, "model")
    vocabulary_size = make_tokenizer(model)
    make_model(model, vocabulary_size)
    runs = generate(model, count)
    result = {
        "vllm": version("vllm"),
        "torch": version("torch"),
        "vocabulary": vocabulary_size,
        "prompts": len(PROMPTS),
        "runs": runs,
    }
    with open(os.path.join(folder, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)


# vLLM may start worker processes that import this file again.
if __name__ == "__main__":
    main()
