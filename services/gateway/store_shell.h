/* store: the producers. Rules 1, 5 and 14. */
#ifndef GATEWAY_STORE_SHELL_H
#define GATEWAY_STORE_SHELL_H

#include "gateway/state_shell.h"

/* Opens the producers that the declared feeds need, waits for the topic, and gives each feed its partition. */
enum ho_status store_open(struct gateway *gateway, const struct ho_config *config, struct ho_error *err) HO_MUST_CHECK;
/* The frame's outcome comes by answer_frame, perhaps before this returns. */
void store_frame(struct frame *frame);
/* Takes the reports that are there. */
void store_poll(struct gateway *gateway);
bool store_away(const struct gateway *gateway);
/* Gives what is left a moment, and ends. */
void store_close(struct gateway *gateway);

#endif
