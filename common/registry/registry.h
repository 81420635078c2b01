/*
 * registry: a client of a Confluent-compatible schema registry: schemas under ids, ids under subjects.
 *
 *  registry.1  An id's schema never changes: it is asked for once and kept for ever.
 *  registry.2  An id that is not known is asked for again after some seconds only: its writer may be registering it.
 *  registry.3  A registry that does not answer is left alone for a second; a call takes at most timeout_ms. So nobody is held up longer.
 *  registry.4  What it refuses for good (incompatible, not a schema) is HO_INVALID, with its words. All else (5xx, 429, 401, 403, no
 *              connection) is HO_AWAY: somebody can mend it, and nothing is lost meanwhile.
 *
 * For one thread. Nothing is asked that was asked before, so a record of a known id costs no call.
 */
#ifndef HO_REGISTRY_H
#define HO_REGISTRY_H

#include "base/base.h"

struct ho_registry;

/* url: http or https, user:password@ if any. HO_INVALID: no such URL. */
enum ho_status ho_registry_new(const char *url, int64_t timeout_ms, struct ho_registry **ret_registry,
                               struct ho_error *err) HO_MUST_CHECK;
void ho_registry_free(struct ho_registry *registry);

/* Id of the schema under subject, which is made when it is not there. */
enum ho_status ho_registry_register(struct ho_registry *registry, const char *subject, struct ho_slice schema,
                                    int32_t *ret_id, struct ho_error *err) HO_MUST_CHECK;
/* Schema text of an id; it lives as long as the registry. HO_NOT_FOUND: not known (yet). */
enum ho_status ho_registry_schema(struct ho_registry *registry, int32_t id, struct ho_slice *ret_schema,
                                  struct ho_error *err) HO_MUST_CHECK;

#endif
