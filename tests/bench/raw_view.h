/* raw_view: the raw loop's use of the fenced view: a load and a flush of every row, one call a partition. Ends on failure. */
#ifndef BENCH_RAW_VIEW_H
#define BENCH_RAW_VIEW_H

#include "base/base.h"

struct raw_row {
    int32_t partition;
    struct ho_slice key, state;
};

struct raw_view;
struct raw_view *raw_view_open(const char *address, const char *ns, int32_t partitions);
void raw_view_load(struct raw_view *view, const struct raw_row *rows, size_t count);
/* written: offset behind the last changelog record, by partition. */
void raw_view_flush(struct raw_view *view, const struct raw_row *rows, size_t count, const int64_t *written);

#endif
