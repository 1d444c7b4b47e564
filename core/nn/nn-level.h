/* Which of the kernels' versions run: the loader and nn_tiles_usable() choose by the processor, and
 * one binary holds all. Its name is not changed for double. */
#pragma once

typedef enum {
  NN_LEVEL_PLAIN,  /* SSE2 on x86-64; what the compiler makes of it elsewhere */
  NN_LEVEL_AVX2,   /* x86-64-v3: AVX2 and FMA */
  NN_LEVEL_AVX512, /* x86-64-v4, and tiles of our own for products */
} NnLevel;

NnLevel nn_level_get (void);
/* "plain", "AVX2" or "AVX-512". */
const char *nn_level_name (NnLevel level);
