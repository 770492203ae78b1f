#include "allocations.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_bool is_counting;
static atomic_uint_fast64_t count;

void allocations_begin(void) {
    atomic_store(&count, 0);
    atomic_store(&is_counting, true);
}

uint64_t allocations_end(void) {
    atomic_store(&is_counting, false);
    return atomic_load(&count);
}

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)

// A program's own malloc takes the place of glibc's in all its libraries, and glibc has its own under a second name. Blocks come from the same heap either way, so `free` stays as it is,
// and so do the rare relatives (posix_memalign and so on), which are not counted.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static inline void note(void) {
    if (atomic_load_explicit(&is_counting, memory_order_relaxed)) atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    note();
    return __libc_realloc(block, size);
}

bool allocations_are_counted(void) { return true; }

#else

bool allocations_are_counted(void) { return false; }

#endif
