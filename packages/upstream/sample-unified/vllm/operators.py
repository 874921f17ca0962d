# SPDX-License-Identifier: Apache-2.0
"""Where a library of kernels registers what it has, when it is loaded. Upstream's is
`torch.ops`; an operator that was not compiled is an AttributeError in both."""

# Set by csrc/operators.cpp of whichever module is loaded.
_C = None
