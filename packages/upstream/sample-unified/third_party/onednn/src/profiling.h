// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stddef.h>

// Leaves `work` in the processor's trace, when DNNL_PTWRITE is set.
void profile(size_t work);
