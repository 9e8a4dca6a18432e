/*
 * What this machine can do at most: how fast it reads memory, and how fast it multiplies and adds. Prints one JSON object
 * with a list of measurements of each, one for each pass.
 *
 *     machine-speed <threads> <MiB to read> <passes> <milliseconds of arithmetic>
 *
 * Vector forms are chosen when it runs; where none is known, plain loops are what the compiler makes of them.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define MAX_THREADS 256
#define MAX_PASSES 64
/** Rounds between two looks at the clock. */
#define ROUNDS 20000

static double now_sec(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Reading */

static uint64_t read_plain(const uint64_t *data, size_t count) {
  uint64_t sums[8] = {0};
  for (size_t at = 0; at + 8 <= count; at += 8)
    for (int lane = 0; lane < 8; lane++) sums[lane] += data[at + lane];
  uint64_t sum = 0;
  for (int lane = 0; lane < 8; lane++) sum += sums[lane];
  return sum;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint64_t read_avx2(const uint64_t *data, size_t count) {
  __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
  for (size_t at = 0; at + 16 <= count; at += 16)
    for (int lane = 0; lane < 4; lane++)
      sums[lane] = _mm256_add_epi64(sums[lane], _mm256_loadu_si256((const __m256i *)(data + at + 4 * lane)));
  uint64_t parts[4];
  __m256i sum = _mm256_add_epi64(_mm256_add_epi64(sums[0], sums[1]), _mm256_add_epi64(sums[2], sums[3]));
  _mm256_storeu_si256((__m256i *)parts, sum);
  return parts[0] + parts[1] + parts[2] + parts[3];
}
#endif

/* Arithmetic: each form does ROUNDS rounds and says how many operations a round has. */

typedef struct {
  const char *name;
  /** A multiplication and an addition are two. */
  double operations;
  void (*run)(void *sink);
} arithmetic;

/** Hidden from the compiler, which would otherwise know the result. */
static volatile float factor = 0.999f, addend = 0.001f;

static void fma_plain(void *sink) {
  float sums[64];
  float a = factor, b = addend;
  for (int lane = 0; lane < 64; lane++) sums[lane] = (float)lane;
  for (int round = 0; round < ROUNDS; round++)
    for (int lane = 0; lane < 64; lane++) sums[lane] = sums[lane] * a + b;
  memcpy(sink, sums, sizeof sums);
}

#if defined(__x86_64__)
#define LANES 12

__attribute__((target("avx2,fma"))) static void fma_avx2(void *sink) {
  __m256 a = _mm256_set1_ps(factor), b = _mm256_set1_ps(addend), sums[LANES];
  for (int lane = 0; lane < LANES; lane++) sums[lane] = _mm256_set1_ps((float)lane);
  for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
    for (int lane = 0; lane < LANES; lane++) sums[lane] = _mm256_fmadd_ps(sums[lane], a, b);
  }
  for (int lane = 1; lane < LANES; lane++) sums[0] = _mm256_add_ps(sums[0], sums[lane]);
  _mm256_storeu_ps(sink, sums[0]);
}

__attribute__((target("avx512f"))) static void fma_avx512(void *sink) {
  __m512 a = _mm512_set1_ps(factor), b = _mm512_set1_ps(addend), sums[LANES];
  for (int lane = 0; lane < LANES; lane++) sums[lane] = _mm512_set1_ps((float)lane);
  for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
    for (int lane = 0; lane < LANES; lane++) sums[lane] = _mm512_fmadd_ps(sums[lane], a, b);
  }
  for (int lane = 1; lane < LANES; lane++) sums[0] = _mm512_add_ps(sums[0], sums[lane]);
  _mm512_storeu_ps(sink, sums[0]);
}

__attribute__((target("avx512f,avx512vnni"))) static void int8_avx512_vnni(void *sink) {
  __m512i a = _mm512_set1_epi8((char)(factor * 3)), b = _mm512_set1_epi8((char)(addend * 2000)), sums[LANES];
  for (int lane = 0; lane < LANES; lane++) sums[lane] = _mm512_set1_epi32(lane);
  for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
    for (int lane = 0; lane < LANES; lane++) sums[lane] = _mm512_dpbusd_epi32(sums[lane], a, b);
  }
  for (int lane = 1; lane < LANES; lane++) sums[0] = _mm512_add_epi32(sums[0], sums[lane]);
  _mm512_storeu_si512(sink, sums[0]);
}
#endif

static arithmetic best_fma(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return (arithmetic){"AVX-512", LANES * 16 * 2, fma_avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return (arithmetic){"AVX2", LANES * 8 * 2, fma_avx2};
#endif
  return (arithmetic){"plain C", 64 * 2, fma_plain};
}

static arithmetic best_int8(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) return (arithmetic){"AVX-512 VNNI", LANES * 64 * 2, int8_avx512_vnni};
#endif
  return (arithmetic){NULL, 0, NULL};
}

/* Threads */

typedef struct {
  pthread_barrier_t *start;
  const uint64_t *data;
  size_t count;
  arithmetic form;
  double duration_sec;
  /** Bytes or operations in a second. */
  double rate;
  uint64_t sink[32];
} job;

static void *read_job(void *argument) {
  job *own = argument;
  pthread_barrier_wait(own->start);
  double started = now_sec();
#if defined(__x86_64__)
  own->sink[0] = __builtin_cpu_supports("avx2") ? read_avx2(own->data, own->count) : read_plain(own->data, own->count);
#else
  own->sink[0] = read_plain(own->data, own->count);
#endif
  own->rate = own->count * sizeof(uint64_t) / (now_sec() - started);
  return NULL;
}

static void *arithmetic_job(void *argument) {
  job *own = argument;
  pthread_barrier_wait(own->start);
  double started = now_sec(), took = 0, operations = 0;
  while (took < own->duration_sec) {
    own->form.run(own->sink);
    operations += own->form.operations * ROUNDS;
    took = now_sec() - started;
  }
  own->rate = operations / took;
  return NULL;
}

/** The rates of all threads together. */
static double together(int threads, void *(*run)(void *), job *jobs) {
  pthread_t handles[MAX_THREADS];
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, threads);
  double rate = 0;
  for (int thread = 0; thread < threads; thread++) {
    jobs[thread].start = &start;
    pthread_create(&handles[thread], NULL, run, &jobs[thread]);
  }
  for (int thread = 0; thread < threads; thread++) {
    pthread_join(handles[thread], NULL);
    rate += jobs[thread].rate;
  }
  pthread_barrier_destroy(&start);
  return rate;
}

static void print_rates(const char *name, const double *rates, int count, const char *end) {
  printf("\"%s\":[", name);
  for (int pass = 0; pass < count; pass++) printf("%s%.3f", pass ? "," : "", rates[pass] / 1e9);
  printf("]%s", end);
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "machine-speed <threads> <MiB> <passes> <milliseconds>\n");
    return 2;
  }
  int threads = atoi(arguments[1]), passes = atoi(arguments[3]);
  size_t words = (size_t)atoi(arguments[2]) * 1024 * 1024 / sizeof(uint64_t);
  double duration_sec = atoi(arguments[4]) / 1000.0;
  if (threads < 1 || threads > MAX_THREADS || passes < 1 || passes > MAX_PASSES) return 2;
  uint64_t *data = malloc(words * sizeof(uint64_t));
  job *jobs = calloc(threads, sizeof(job));
  if (!data || !jobs) return 1;
  for (size_t word = 0; word < words; word++) data[word] = word;

  arithmetic fma = best_fma(), int8 = best_int8();
  double reading[MAX_PASSES] = {0}, multiplying[MAX_PASSES] = {0}, small[MAX_PASSES] = {0};
  for (int pass = 0; pass < passes; pass++) {
    for (int thread = 0; thread < threads; thread++) {
      size_t share = words / threads;
      jobs[thread] = (job){.data = data + thread * share, .count = share, .form = fma, .duration_sec = duration_sec};
    }
    reading[pass] = together(threads, read_job, jobs);
    multiplying[pass] = together(threads, arithmetic_job, jobs);
    for (int thread = 0; thread < threads; thread++) jobs[thread].form = int8;
    small[pass] = int8.run ? together(threads, arithmetic_job, jobs) : 0;
  }
  printf("{");
  print_rates("readGbPerSec", reading, passes, ",");
  printf("\"fmaForm\":\"%s\",", fma.name);
  print_rates("fmaGflops", multiplying, passes, int8.run ? "," : "}\n");
  if (int8.run) {
    printf("\"int8Form\":\"%s\",", int8.name);
    print_rates("int8Gops", small, passes, "}\n");
  }
  free(jobs);
  free(data);
  return 0;
}
