/* probe_tool: the verbs of probe-tool that have a file of their own. */
#ifndef PROBE_TOOL_VERBS_H
#define PROBE_TOOL_VERBS_H

#include "tool.h"

int probe_produce(struct tool *tool);
int probe_read(struct tool *tool);

#endif
