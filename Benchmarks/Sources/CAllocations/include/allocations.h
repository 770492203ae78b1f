#ifndef SWIFTFLOW_ALLOCATIONS_H
#define SWIFTFLOW_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations can be counted here: only with glibc.
bool allocations_are_counted(void);
/// Begins to count at zero, over all threads.
void allocations_begin(void);
/// Ends counting.
/// Returns how many blocks were asked for since it began; a block that was enlarged counts once more.
uint64_t allocations_end(void);

#endif
