#pragma once

/// From now on the process has the clock of the day that the file says: eight bytes, the nanoseconds to add, as the machine writes an int64_t. The file may change at any time.
/// Only on Linux; elsewhere, or without the file, nothing happens. Monotonic clocks and what waits by them stay as they are, as with a clock that is set.
void clock_skew_follow(const char *path);
