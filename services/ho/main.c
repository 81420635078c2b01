/*
 * NAME      ho - the command line of Handoff
 * SYNOPSIS  ho COMMAND [--stack DIR] [--json] [--help] ...
 *           ho topics create [--partitions N] [--keep-all]      ho topics list
 *           ho roster load FILE.ndjson                          ho providers|facilities load FILE.csv
 *           ho send FILE... [--to HOST:PORT] [--any-ack]        ho tail TOPIC [--from-start] [--until-end] [--phi]
 *           ho match FILE...|--message-id ID [--feed ID] [--phi]
 *           ho member ID [--phi]      ho drain [--timeout S]     ho doctor
 * STATE     none. DIR/stack.json (deploy/stack writes it) says where Kafka, Redis and the daemons are.
 * ON FAILURE  exit codes: 0 done, 1 failed, 2 not found, 64 wrong usage
 */
#include <stdio.h>

#include "ho.h"
#include "log/log.h"

static const struct {
    const char *name, *help;
    int (*run)(struct ho_stack *stack, int argc, char **argv);
} commands[] = {
    {"topics", "create [--partitions N] [--keep-all] | list: the topics of the catalogue", ho_cmd_topics},
    {"roster", "load FILE.ndjson: members, one JSON object a line; writes only what changed", ho_cmd_roster},
    {"providers", "load FILE.csv: providers; the header names the schema's fields", ho_cmd_providers},
    {"facilities", "load FILE.csv: facilities; the header names the schema's fields", ho_cmd_facilities},
    {"send", "FILE... [--to HOST:PORT] [--any-ack]: HL7 messages over MLLP, a blank line between two", ho_cmd_send},
    {"tail", "TOPIC [--from-start] [--until-end] [--phi]: records, a line each; --phi shows personal data", ho_cmd_tail},
    {"member", "ID [--phi]: stays and alerts of one member", ho_cmd_member},
    {"match", "FILE...|--message-id ID [--feed ID] [--phi]: what identity says of a message, and why", ho_cmd_match},
    {"drain", "[--timeout S]: waits until every daemon has read everything", ho_cmd_drain},
    {"doctor", "says what is wrong, and a safe command", ho_cmd_doctor},
};

static void print_help(void)
{
    printf("ho COMMAND [--stack DIR] [--json] [--help]\n");
    for (size_t i = 0; i < HO_LENGTH(commands); i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
}

int main(int argc, char **argv)
{
    struct ho_stack stack;
    struct ho_error err = {HO_OK, ""};
    ho_log_open("ho", HO_LOG_WARN);
    bool help = ho_take_flag(&argc, argv, "--help");
    if (help && argc < 2)
        print_help();
    for (size_t i = 0; argc > 1 && i < HO_LENGTH(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (help) {
            printf("ho %s %s\n", commands[i].name, commands[i].help);
            return 0;
        }
        if (ho_stack_open(&stack, &argc, argv, &err) != HO_OK)
            return ho_complain(HO_EXIT_USAGE, "%s", err.text);
        return commands[i].run(&stack, argc - 2, argv + 2);
    }
    return help ? 0 : ho_complain(HO_EXIT_USAGE, "there is no command \"%s\"; ho --help lists them", argc > 1 ? argv[1] : "");
}
