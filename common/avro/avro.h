/*
 * avro: records in Avro single-object encoding (C3 01, CRC-64-AVRO of the parsing canonical form little-endian, body).
 *
 * Every schema under schemas/ becomes, at build time, a C struct and one `const struct ho_avro_record <name>_record`
 * that describes it. Encoding walks that description. Decoding runs a plan, compiled once per writer schema, that reads
 * straight from the bytes into the struct: fields added (defaults), removed, reordered and promoted; unions; enum
 * defaults; aliases (Avro 1.11 "Schema Resolution"). Names match without their namespace. A field whose own name the
 * writer has is not looked for by its aliases. tests/interop/resolution.py compares all of it with fastavro.
 *
 * C types: boolean bool; int int32_t; long int64_t; float, double; string, bytes struct ho_slice; enum an enum;
 * fixed uint8_t[n]; record a nested struct; array struct { T *items; size_t count; }.
 * A union is ["null", T] or [T, "null"] only: for string and bytes a slice with ptr NULL is null, for all else a
 * `bool has_<field>` stands before the field. Maps and other unions are refused by the generator (as reader; a
 * writer may use them in a field that the reader does not have).
 *
 * Decoded slices borrow from the input bytes; arrays live in the arena given; both must outlive the struct.
 */
#ifndef HO_AVRO_H
#define HO_AVRO_H

#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"

struct ho_avro_record; /* described in avro/describe.h, made by the generator */
struct ho_avro_plan;

#define HO_AVRO_HEADER 10 /* bytes before the body */

/* The schema's name ("handoff.CareEvent"), full JSON text, fingerprint and the size of its C struct. */
const char *ho_avro_name(const struct ho_avro_record *record);
const char *ho_avro_json(const struct ho_avro_record *record);
uint64_t ho_avro_fingerprint(const struct ho_avro_record *record);
size_t ho_avro_size(const struct ho_avro_record *record);

/* Appends header and body of value (the record's generated struct) to out. Past out->max, out->full is set. */
void ho_avro_encode(const struct ho_avro_record *record, const void *value, struct ho_buf *out);

/* Fingerprint of any schema text. HO_INVALID with the place where the text is not a schema. */
enum ho_status ho_avro_fingerprint_json(struct ho_slice json, uint64_t *ret_fingerprint,
                                        struct ho_error *err) HO_MUST_CHECK;

/* Compiles the plan that reads what `writer_json` wrote into `reader`'s struct; free with ho_avro_plan_free.
 * HO_INVALID names the field where the two cannot be resolved. */
enum ho_status ho_avro_plan_new(const struct ho_avro_record *reader, struct ho_slice writer_json,
                                struct ho_avro_plan **ret_plan, struct ho_error *err) HO_MUST_CHECK;
void ho_avro_plan_free(struct ho_avro_plan *plan);
/* Runs the plan over a body without header. HO_INVALID says at which byte and field; *ret_value may be half filled.
 * Allocates from arena at most a fixed multiple of body.len. */
enum ho_status ho_avro_plan_run(const struct ho_avro_plan *plan, struct ho_slice body, struct ho_arena *arena,
                                void *ret_value, struct ho_error *err) HO_MUST_CHECK;

/*
 * A reader: the plans of one record type for all writer schemas known so far. The record's own schema is known from
 * the start; others come from the topic `schemas` (ho_avro_reader_learn).
 */
struct ho_avro_reader;
struct ho_avro_reader *ho_avro_reader_new(const struct ho_avro_record *record);
void ho_avro_reader_free(struct ho_avro_reader *reader);
/* Learns a writer schema; one known already is a no-op. HO_INVALID when it cannot be resolved. */
enum ho_status ho_avro_reader_learn(struct ho_avro_reader *reader, struct ho_slice writer_json,
                                    struct ho_error *err) HO_MUST_CHECK;
/* Decodes a value with header. HO_NOT_FOUND: writer schema not known (yet), fingerprint in err. HO_INVALID: poison. */
enum ho_status ho_avro_decode(const struct ho_avro_reader *reader, struct ho_slice value, struct ho_arena *arena,
                              void *ret_value, struct ho_error *err) HO_MUST_CHECK;

/* Renders a value of any schema as one line of JSON (for people: ho tail), in UTF-8 whatever its texts hold. HO_INVALID as
 * ho_avro_plan_run. */
enum ho_status ho_avro_to_json(struct ho_slice schema_json, struct ho_slice body, struct ho_buf *out,
                               struct ho_error *err) HO_MUST_CHECK;
/* Reads JSON (enum as its symbol, union plainly as value or null, absent field = default) into a struct in arena. */
enum ho_status ho_avro_from_json(const struct ho_avro_record *record, struct ho_slice json, struct ho_arena *arena,
                                 void *ret_value, struct ho_error *err) HO_MUST_CHECK;

#endif
