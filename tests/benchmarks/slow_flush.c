/* Preloaded into PostgreSQL: every flush takes SLOW_FLUSH_US microseconds longer, as on a disk that keeps its word. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
    const char *us = getenv("SLOW_FLUSH_US");
    usleep(us ? atoi(us) : 1000);
}

int fsync(int fd) {
    static int (*flush)(int);
    if (!flush) flush = dlsym(RTLD_NEXT, "fsync");
    wait_for_the_disk();
    return flush(fd);
}

int fdatasync(int fd) {
    static int (*flush)(int);
    if (!flush) flush = dlsym(RTLD_NEXT, "fdatasync");
    wait_for_the_disk();
    return flush(fd);
}
