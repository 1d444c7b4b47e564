/* Private to the kernels: how a hot loop is compiled, and the transcendental functions that it may
 * call.
 *
 * In float the functions are straight lines of arithmetic (no branch, no table, no call), so that a
 * loop around them becomes vector code; they are within about two units in the last place. In
 * double they are libm's: that build is for exactness, not for speed. */
#pragma once

#include <math.h>

#include "nn-real.h"

/* A kernel is compiled for several x86-64 levels and the loader chooses. Sanitizers and the
 * resolvers behind this attribute do not get on: there it is off. Tests compile the kernels for one
 * level alone, NN_ONLY_LEVEL. */
#ifdef NN_ONLY_LEVEL
#define NN_KERNEL __attribute__ ((target (NN_ONLY_LEVEL)))
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NN_HAS_LEVELS
#define NN_KERNEL __attribute__ ((target_clones ("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define NN_KERNEL
#endif

/* Before a loop: its turns do not depend on each other, but for a sum, a maximum or an OR. That is
 * what lets the compiler reorder them; it never reorders the others. */
#define NN_PRAGMA(...) _Pragma (#__VA_ARGS__)
#define NN_SIMD NN_PRAGMA (omp simd)
/* clang-format off */
#define NN_SIMD_SUM(...) NN_PRAGMA (omp simd reduction (+ : __VA_ARGS__))
#define NN_SIMD_MAX(...) NN_PRAGMA (omp simd reduction (max : __VA_ARGS__))
#define NN_SIMD_OR(...) NN_PRAGMA (omp simd reduction (| : __VA_ARGS__))
/* clang-format on */

/* What a kernel calls in its loops must become part of each of its versions. */
#define NN_INLINE static inline __attribute__ ((always_inline))

#define NN_SQRT_HALF 0.70710678118654752440
#define NN_1_SQRT_2PI 0.39894228040143267794

#ifdef NN_DOUBLE

NN_INLINE double
nn_sqrt (double x)
{
  return sqrt (x);
}

NN_INLINE double
nn_abs (double x)
{
  return fabs (x);
}

NN_INLINE double
nn_exp (double x)
{
  return exp (x);
}

/* ln(1 + e^x), and x itself above 20. */
NN_INLINE double
nn_softplus (double x)
{
  return x > 20.0 ? x : log1p (exp (x));
}

/* *cdf = Φ(x), *pdf = φ(x) of the normal distribution. */
NN_INLINE void
nn_normal (double x, double *cdf, double *pdf)
{
  *cdf = 0.5 * erfc (-x * NN_SQRT_HALF);
  *pdf = NN_1_SQRT_2PI * exp (-0.5 * x * x);
}

#else

NN_INLINE float
nn_sqrt (float x)
{
  return sqrtf (x);
}

NN_INLINE float
nn_abs (float x)
{
  return fabsf (x);
}

/* e^x = 2^k e^r, k the integer next to x/ln 2, |r| <= ln 2 / 2, e^r = 1 + r + r² p(r), p a minimax
 * polynomial. k goes from -127, which makes the bits of 0, to 128, which makes those of infinity:
 * results below the smallest normal number are exactly 0. */
NN_INLINE float
nn_exp (float x)
{
  const float round = 12582912.0f; /* 1.5 · 2²³: adding it rounds to an integer in the low bits */
  float c = x < -88.0f ? -88.0f : x;
  c = c > 88.7f ? 88.7f : c;
  float rounded = c * 1.44269504f + round;
  float k = rounded - round;
  float r = (c - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.3814463902222006e-3f, power;
  uint32_t bits;

  p = p * r + 8.3687803819532e-3f;
  p = p * r + 4.1668394262514535e-2f;
  p = p * r + 0.16666520108249142f;
  p = p * r + 0.49999993412346605f;
  p = (r * r) * p + r + 1.0f;

  __builtin_memcpy (&bits, &rounded, sizeof bits);
  bits = (bits - 0x4b400000u + 127u) << 23;
  __builtin_memcpy (&power, &bits, sizeof power);
  return p * power;
}

/* ln(1 + e^x) = max(x,0) + ln(1 + u) with u = e^-|x|, and ln(1 + u) = 2 atanh(s), s = u/(2+u) <=
 * 1/3. Above 20 the second summand is below half a unit of x. */
NN_INLINE float
nn_softplus (float x)
{
  float u = nn_exp (-fabsf (x));
  float s = u / (2.0f + u);
  float z = s * s;
  float p = 0.28025140207710747f;

  p = p * z + 0.2799901343612496f;
  p = p * z + 0.4002170613427684f;
  p = p * z + 0.6666641302416033f;
  return (x > 0.0f ? x : 0.0f) + (s * z * p + 2.0f * s);
}

/* *cdf = Φ(x), *pdf = φ(x) of the normal distribution. The tail beyond |x| is e^(-x²/2) w(t), t =
 * 1/(1 + 0.35 |x|), w a minimax polynomial without a constant term: the relative error stays small
 * far out. */
NN_INLINE void
nn_normal (float x, float *cdf, float *pdf)
{
  float a = fabsf (x);
  float g = nn_exp (-0.5f * x * x);
  float t = 1.0f / (1.0f + 0.35f * a);
  float w = -0.029157893232496786f;

  w = w * t + 0.1440309479922944f;
  w = w * t - 0.2558390467097474f;
  w = w * t + 0.15931972693248772f;
  w = w * t - 0.023212364134162167f;
  w = w * t + 0.10555250256960366f;
  w = w * t + 0.1198212885092385f;
  w = w * t + 0.1398635152296163f;
  w = w * t + 0.13962130685773577f;
  float tail = g * (w * t);
  *cdf = x > 0.0f ? 1.0f - tail : tail;
  *pdf = (float)NN_1_SQRT_2PI * g;
}

#endif

/* 1/(1 + e^-x) */
NN_INLINE nn_real
nn_logistic (nn_real x)
{
  return 1 / (1 + nn_exp (-x));
}
