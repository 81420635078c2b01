/* form: the forms that a value may have on the wire, and what they are inside. See form.c. */
#ifndef HO_FORM_H
#define HO_FORM_H

#include "avro/avro.h"

struct ho_forms;
struct ho_registry;

/* registry may be NULL, and is taken over. */
struct ho_forms *ho_forms_new(struct ho_registry *registry);
void ho_forms_free(struct ho_forms *forms);

/* A value of a topic, as it came. */
struct ho_formed {
    const char *topic; /* without namespace */
    const struct ho_avro_record *record;
    struct ho_slice value;
    struct ho_slice schema_id; /* header __value_schema_id, or absent */
};

/* Makes formed->value what it is in single-object encoding, in arena; one that is, or is of no known form, stays as it is.
 * HO_INVALID: poison. HO_NOT_FOUND: the registry does not know its schema (yet). HO_AWAY: the registry does not answer.
 * forms may be NULL: then there is no registry. */
enum ho_status ho_form_normal(struct ho_forms *forms, struct ho_formed *formed, struct ho_arena *arena,
                              struct ho_error *err) HO_MUST_CHECK;
/* Whether the bytes before the body name a schema of a registry; its id, else -1. */
int32_t ho_form_id(const struct ho_formed *formed);

#endif
