/* Counter-based random numbers: a pure function of (seed, counter), the same on every machine. */
#pragma once

#include <stdint.h>

/* 64 well mixed bits (splitmix64's finaliser over seed and counter). */
static inline uint64_t
nn_random_bits (uint64_t seed, uint64_t counter)
{
  uint64_t x = seed * 0x9e3779b97f4a7c15u + counter;

  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u + seed;
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/* Uniform in [0,1), 53 bits. */
static inline double
nn_random_uniform (uint64_t seed, uint64_t counter)
{
  return (nn_random_bits (seed, counter) >> 11) * 0x1p-53;
}

/* Uniform integer in [0,n), n > 0; the bias is below n/2^64. */
static inline uint64_t
nn_random_below (uint64_t seed, uint64_t counter, uint64_t n)
{
  return (uint64_t)(((unsigned __int128)nn_random_bits (seed, counter) * n) >> 64);
}
