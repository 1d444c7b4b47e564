#include "nn-level.h"

#include "nn-simd.h"

NnLevel
nn_level_get (void)
{
#ifdef NN_HAS_LEVELS
  if (__builtin_cpu_supports ("x86-64-v4"))
    return NN_LEVEL_AVX512;
  if (__builtin_cpu_supports ("x86-64-v3"))
    return NN_LEVEL_AVX2;
#endif
  return NN_LEVEL_PLAIN;
}

const char *
nn_level_name (NnLevel level)
{
  static const char *const names[] = { "plain", "AVX2", "AVX-512" };

  return names[level];
}
