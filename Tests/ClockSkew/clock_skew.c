#define _GNU_SOURCE
#include "clock_skew.h"

#ifdef __linux__
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// The functions below are those of the C library; the program's own come first, also for the libraries that it loads.

static const volatile int64_t *skew;

void clock_skew_follow(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *skew, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) skew = page;
}

static struct timespec shifted(struct timespec time, int64_t by) {
    int64_t nanoseconds = time.tv_nsec + by % 1000000000;
    time.tv_sec += by / 1000000000 + (nanoseconds >= 1000000000) - (nanoseconds < 0);
    time.tv_nsec = (nanoseconds + 1000000000) % 1000000000;
    return time;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int) syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && skew != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) *time = shifted(*time, *skew);
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void) zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}

// The system's clock of the day is not skewed, so a deadline by the skewed one is turned back. A deadline of a monotonic clock is told by its size: no machine is up for thirty years.
static struct timespec deadline(const struct timespec *time) {
    return skew != NULL && time->tv_sec > 1000000000 ? shifted(*time, -*skew) : *time;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict time) {
    static int (*original)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    // The default version of the symbol; an older one has another layout.
    if (original == NULL) original = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *)) dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (original == NULL) original = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *)) dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec until = deadline(time);
    return original(condition, mutex, &until);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time) {
    static int (*original)(sem_t *, const struct timespec *);
    if (original == NULL) original = (int (*)(sem_t *, const struct timespec *)) dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec until = deadline(time);
    return original(semaphore, &until);
}

int timerfd_settime(int file, int flags, const struct itimerspec *new, struct itimerspec *old) {
    struct itimerspec changed = *new;
    if (flags & TFD_TIMER_ABSTIME) changed.it_value = deadline(&new->it_value);
    return (int) syscall(SYS_timerfd_settime, file, flags, &changed, old);
}
#else
void clock_skew_follow(const char *path) { (void) path; }
#endif
