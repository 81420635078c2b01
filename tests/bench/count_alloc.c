/*
 * count_alloc: counts allocations of a program, by LD_PRELOAD, in the file that COUNT_ALLOC_FILE names: two 64-bit
 * numbers, those of the first thread (the loop) and of all others (librdkafka's). Whoever asks reads the file twice.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

static _Atomic uint64_t nowhere[2];
static _Atomic uint64_t *counts = nowhere;
static __thread int thread; /* 1: the first one, 2: another; 0: not asked yet */

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("COUNT_ALLOC_FILE");
    int file = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof nowhere))
        return;
    void *shared = mmap(NULL, sizeof nowhere, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED)
        counts = shared;
}

static void count(void)
{
    if (!thread)
        thread = gettid() == getpid() ? 1 : 2;
    counts[thread - 1]++;
}

void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *ptr, size_t size)
{
    count();
    return __libc_realloc(ptr, size);
}
