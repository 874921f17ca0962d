#!/bin/sh
# Writes requirements/*.txt, the locks with hashes, from requirements/*.in. Needs uv.
set -eu
cd "$(dirname "$0")/../requirements"
for name in build test dev; do
  uv pip compile --quiet --universal --python-version 3.8 --generate-hashes --no-header \
    "$name.in" --output-file "$name.txt"
done
