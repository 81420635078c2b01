/*
 * log: one line per event on stderr, logfmt: ts=... level=info daemon=identity msg="..." key=value.
 * Never a payload, a name or an identifier of a person: say topic, partition and offset, or a message or event id.
 */
#ifndef HO_LOG_H
#define HO_LOG_H

#include "base/base.h"

enum ho_log_level { HO_LOG_DEBUG, HO_LOG_INFO, HO_LOG_WARN, HO_LOG_ERROR };

void ho_log_open(const char *daemon, enum ho_log_level least);
/* fmt gives the whole tail, already as key=value pairs: ho_log(HO_LOG_INFO, "assigned", "partition=%d", p). */
void ho_log(enum ho_log_level level, const char *msg, const char *fmt, ...) HO_PRINTF(3, 4);

#endif
