/* The arrays in tests/golden/analysis, which make-analysis.py wrote. */
#pragma once

#include "guise-npy.h"

/* "NAME.npy", which must be there. */
GuiseNpy *analysis_golden_read (const char *name);
