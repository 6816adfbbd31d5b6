/* Lets a scenario set a server's clock: loaded before libc, it reads the wall clock from a mapped file.
   SIM_CLOCK names the file; its first eight octets are seconds since 1970. Within a second every look at the clock is a
   microsecond later than the one before, so that what happens later also has a later time. Other clocks run on. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *seconds;
static uint32_t looks;

static long microseconds(void) {
    return __atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED) % 1000000;
}

__attribute__((constructor)) static void map_clock(void) {
    const char *path = getenv("SIM_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    void *page = file >= 0 ? mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
    if (page != MAP_FAILED)
        seconds = page;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
    if (seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        t->tv_sec = *seconds;
        t->tv_nsec = microseconds() * 1000;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, t);
}

time_t time(time_t *out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *tv, void *zone) {
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    tv->tv_sec = t.tv_sec;
    tv->tv_usec = t.tv_nsec / 1000;
    return 0;
}
