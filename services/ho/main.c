/*
 * NAME      ho - the command line of Handoff
 * SYNOPSIS  ho COMMAND [--stack DIR] [--json] [--help] ...
 *           ho topics create [--partitions N] [--keep-all]      ho topics list
 *           ho roster load FILE.ndjson [--at TIME]              ho providers|facilities load FILE.csv [--at TIME]
 *           ho assessments|clinical.facts|care.actions load FILE.ndjson [--at TIME]
 *           ho send FILE... [--to HOST:PORT] [--any-ack]        ho tail TOPIC [--from-start] [--until-end] [--phi]
 *           ho match FILE...|--message-id ID [--feed ID] [--phi]
 *           ho feed check FILE... [--feed ID]
 *           ho why ALERT_ID [--phi]
 *           ho dlq list|show DAEMON [--phi]|redrive DAEMON [--yes]
 *           ho member ID [--at TIME] [--phi]      ho drain [--timeout S]     ho doctor
 * STATE     none. DIR/stack.json (deploy/stack writes it) says where Kafka, Redis and the daemons are.
 * ON FAILURE  exit codes: 0 done, 1 failed, 2 not found, 64 wrong usage
 */
#include <stdio.h>

#include "ho.h"
#include "log/log.h"

static int print_help(void)
{
    printf("ho COMMAND [--stack DIR] [--json] [--help]\n\n");
    for (size_t i = 0; i < ho_commands_count; i++)
        printf("  %-14s %s\n", ho_commands[i].name, ho_commands[i].summary);
    printf("\n--stack DIR   folder of a stack that deploy/stack made; .handoff/stack when not given\n"
           "--json        one JSON object a line on stdout; complaints stay text on stderr\n"
           "Exit codes: 0 done, 1 failed, 2 not found, 64 wrong usage. ho COMMAND --help says more.\n");
    return 0;
}

static int print_command_help(const struct ho_command *command)
{
    for (const char *usage = command->usage; usage; usage = strchr(usage, '\n') ? strchr(usage, '\n') + 1 : NULL)
        printf("ho %s %.*s%s[--stack DIR] [--json]\n", command->name, (int)strcspn(usage, "\n"), usage, *usage ? " " : "");
    printf("%s.\n\n%sExit 64 wrong usage.\n", command->summary, command->text);
    return 0;
}

int main(int argc, char **argv)
{
    struct ho_stack stack;
    struct ho_error err = {HO_OK, ""};
    ho_log_open("ho", HO_LOG_WARN);
    bool help = ho_take_flag(&argc, argv, "--help");
    if (help && argc < 2)
        return print_help();
    for (size_t i = 0; argc > 1 && i < ho_commands_count; i++) {
        if (strcmp(argv[1], ho_commands[i].name) != 0)
            continue;
        if (help)
            return print_command_help(&ho_commands[i]);
        if (ho_stack_open(&stack, &argc, argv, &err) != HO_OK)
            return ho_complain(HO_EXIT_USAGE, "%s", err.text);
        return ho_commands[i].run(&stack, argc - 2, argv + 2);
    }
    return ho_complain(HO_EXIT_USAGE, "there is no command \"%s\"; ho --help lists them", argc > 1 ? argv[1] : "");
}
