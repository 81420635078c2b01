/*
 * Where tests end or stop a daemon: processor.fault = POINT:N[:stop], the N-th time that the point is reached. As kill -9
 * would, or with `stop` as SIGSTOP would. What was hit is written to a file beside the crash marks, so that a test can
 * see it, and is not hit again by the next life. Points, in the order of a batch:
 *   loaded decided produced offsets_sent committed flushed flush_sent; aborted
 * and of an assignment: offsets_read end_read claimed restoring restored assigned
 */
#include "processor/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/log.h"

#ifdef HO_FAULTS
static char wanted[32], path[1024];
static int64_t countdown;
static bool stops;

static bool hit_before(void)
{
    char line[64];
    FILE *file = fopen(path, "r");
    bool found = false;
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        found = found || strcmp(line, wanted) == 0;
    }
    if (file)
        fclose(file);
    return found;
}

enum ho_status ho_fault_open(struct ho_processor *proc, struct ho_error *err)
{
    char how[8] = "";
    long long times = 1;
    if (!proc->common.fault[0])
        return HO_OK;
    if (sscanf(proc->common.fault, "%31[a-z_]:%lld:%7[a-z]", wanted, &times, how) < 2 || times < 1)
        return ho_fail(err, HO_INVALID, "processor.fault \"%s\" is not POINT:N[:stop]", proc->common.fault);
    snprintf(path, sizeof path, "%s/%s.%s.%s.faults", proc->common.state_dir, proc->common.ns, proc->spec->name,
             proc->common.instance);
    countdown = hit_before() ? 0 : times;
    stops = strcmp(how, "stop") == 0;
    return HO_OK;
}

void ho_fault(const char *point)
{
    if (!countdown || strcmp(point, wanted) != 0 || --countdown)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
    if (fd < 0 || dprintf(fd, "%s\n", wanted) < 0 || fsync(fd))
        ho_log(HO_LOG_ERROR, "fault file", "path=%s error=\"%s\"", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (stops)
        raise(SIGSTOP);
    else
        _exit(137);
}
#else
enum ho_status ho_fault_open(struct ho_processor *proc, struct ho_error *err)
{
    return proc->common.fault[0] ? ho_fail(err, HO_INVALID, "processor.fault: this build has no fault points") : HO_OK;
}

void ho_fault(const char *point)
{
    (void)point;
}
#endif
