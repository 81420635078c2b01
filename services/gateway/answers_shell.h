/* answers: a frame from its last byte to its answer. Rules 1, 7, 10, 11. */
#ifndef GATEWAY_ANSWERS_SHELL_H
#define GATEWAY_ANSWERS_SHELL_H

#include "gateway/state_shell.h"

/* A whole frame has come, or the beginning of one that is too long. Copies the bytes. */
void take_frame(struct connection *connection, struct ho_slice bytes, bool too_long);
/* The outcome of a frame: its answer, and that of all who wait for the same, leaves in turn. */
void answer_frame(struct frame *frame, enum gateway_verdict verdict);
/* The connection goes: its frames that are on their way live on without it. */
void forget_frames(struct connection *connection);

#endif
