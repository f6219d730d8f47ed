/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Scripts: commands, modules and actions. A module in a script is skipped here and assembled when
 * the runner gets to it.
 */
#include "frontend/text/wast.h"

#include "frontend/arena.h"
#include "frontend/text/parser.h"
#include "frontend/text/text.h"
#include "frontend/text/wast_private.h"

struct script_parser {
    struct parser p;
    const uint8_t *counted; /* up to here lines are counted: */
    uint32_t line;
};

/* Line and column of a place. Places come in rising order, so that counting is linear. */
static void locate(struct script_parser *s, const uint8_t *at, uint32_t *line, uint32_t *column)
{
    text_position(s->counted, at, s->line, line, column);
    s->line = *line;
    s->counted = at - (*column - 1);
}

/* ---- modules ---- */

static void parse_definition_text(struct parser *p, struct wast_module *module,
                                  const uint8_t *start)
{
    parser_skip_rest(p, "", NULL);
    module->source = WAST_TEXT;
    module->text = (struct slice){start, (size_t)(p->behind - start)};
}

/* (module ...) in hand. An instance command is none of ours: returns NULL before its names. */
static struct wast_module *parse_module(struct script_parser *s)
{
    struct parser *p = &s->p;
    struct wast_module *module = arena_alloc(p->arena, sizeof *module);
    const uint8_t *start = p->tok.p;
    uint32_t column;
    locate(s, start, &module->line, &column);
    if (!accept_form(p, "module"))
        parser_unexpected(p, "a module");
    if (accept_keyword(p, "instance"))
        return NULL;
    module->definition = accept_keyword(p, "definition");
    p->annots = NULL; /* the assembler looks at them */
    module->name = accept_id(p);
    if (accept_keyword(p, "binary")) {
        module->source = WAST_BINARY;
        module->bytes = parse_strings(p);
        expect_rpar(p);
    } else if (accept_keyword(p, "quote")) {
        module->source = WAST_QUOTE;
        module->line = 1;
        module->text = parse_strings(p);
        expect_rpar(p);
    } else {
        parse_definition_text(p, module, start);
    }
    return module;
}

bool wast_module_bytes(const struct wast_module *module, uint64_t features, struct arena *arena,
                       struct slice *bytes, struct text_map **map, struct error *err)
{
    struct text_options options = {.strict = true,
                                   .limits32 = !(features & FEATURE_BIT(FEATURE_MEMORY64)),
                                   .first_line = module->line};
    if (module->source != WAST_BINARY)
        return text_to_binary(module->text, &options, arena, bytes, map, err);
    *bytes = module->bytes;
    if (map)
        *map = NULL;
    return true;
}

static void parse_module_command(struct script_parser *s, struct wast_command *command)
{
    command->kind = WAST_MODULE;
    command->module = parse_module(s);
    if (command->module) {
        command->name = command->module->name;
        return;
    }
    command->kind = WAST_INSTANCE;
    command->name = accept_id(&s->p);
    command->target = accept_id(&s->p);
    expect_rpar(&s->p);
}

/* ---- actions ---- */

static bool at_action(struct parser *p)
{
    return at_form(p, "invoke") || at_form(p, "get");
}

static struct wast_action *parse_action(struct parser *p)
{
    struct wast_action *action = arena_alloc(p->arena, sizeof *action);
    action->is_get = at_form(p, "get");
    if (!accept_form(p, "get") && !accept_form(p, "invoke"))
        parser_unexpected(p, "an action");
    action->module = accept_id(p);
    action->field = expect_name(p);
    if (!action->is_get)
        action->args = wast_parse_values(p, false, &action->arg_count);
    expect_rpar(p);
    return action;
}

/* ---- assertions ---- */

/* What stands between the keyword and the closing parenthesis. */
enum operands { ACTION, ACTION_RESULTS, ACTION_MESSAGE, ACTION_OR_MODULE_MESSAGE, MODULE_MESSAGE };

static const struct {
    const char *keyword;
    enum wast_kind kind;
    enum operands operands;
} assertions[] = {
    {"assert_return", WAST_ASSERT_RETURN, ACTION_RESULTS},
    {"assert_trap", WAST_ASSERT_TRAP, ACTION_OR_MODULE_MESSAGE},
    {"assert_exhaustion", WAST_ASSERT_EXHAUSTION, ACTION_MESSAGE},
    {"assert_exception", WAST_ASSERT_EXCEPTION, ACTION},
    {"assert_invalid", WAST_ASSERT_INVALID, MODULE_MESSAGE},
    {"assert_malformed", WAST_ASSERT_MALFORMED, MODULE_MESSAGE},
    {"assert_invalid_custom", WAST_ASSERT_INVALID_CUSTOM, MODULE_MESSAGE},
    {"assert_malformed_custom", WAST_ASSERT_MALFORMED_CUSTOM, MODULE_MESSAGE},
    {"assert_unlinkable", WAST_ASSERT_UNLINKABLE, MODULE_MESSAGE},
};

static void parse_module_operand(struct script_parser *s, struct wast_command *command)
{
    const uint8_t *at = s->p.tok.p;
    command->module = parse_module(s);
    if (!command->module)
        parser_fail_at(&s->p, at, "unexpected token: an assertion takes no module instance");
}

static void parse_operands(struct script_parser *s, struct wast_command *command,
                           enum operands operands)
{
    struct parser *p = &s->p;
    if (operands == MODULE_MESSAGE || (operands == ACTION_OR_MODULE_MESSAGE && !at_action(p)))
        parse_module_operand(s, command);
    else
        command->action = parse_action(p);
    if (operands == ACTION_RESULTS)
        command->results = wast_parse_values(p, true, &command->result_count);
    else if (operands != ACTION)
        command->message = expect_string(p);
    expect_rpar(p);
}

/* ---- commands ---- */

struct command_list {
    struct wast_command *commands;
    uint32_t count, capacity;
};

static struct wast_command *new_command(struct script_parser *s, struct command_list *list)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 16;
        list->commands = arena_grow(s->p.arena, list->commands, list->capacity, capacity,
                                    sizeof *list->commands);
        list->capacity = capacity;
    }
    struct wast_command *command = &list->commands[list->count++];
    locate(s, s->p.tok.p, &command->line, &command->column);
    return command;
}

static void parse_register(struct script_parser *s, struct wast_command *command)
{
    command->kind = WAST_REGISTER;
    command->as = expect_name(&s->p);
    command->target = accept_id(&s->p);
    expect_rpar(&s->p);
}

static void parse_assertion(struct script_parser *s, struct wast_command *command)
{
    for (size_t i = 0; i < sizeof assertions / sizeof *assertions; i++)
        if (accept_form(&s->p, assertions[i].keyword)) {
            command->kind = assertions[i].kind;
            parse_operands(s, command, assertions[i].operands);
            return;
        }
    expect_lpar(&s->p);
    parser_unexpected(&s->p, "a command");
}

/* Commands that contain no others. */
static void parse_simple(struct script_parser *s, struct wast_command *command)
{
    struct parser *p = &s->p;
    if (at_form(p, "module")) {
        parse_module_command(s, command);
    } else if (at_action(p)) {
        command->kind = WAST_ACTION;
        command->action = parse_action(p);
    } else if (accept_form(p, "register")) {
        parse_register(s, command);
    } else if (accept_form(p, "wait")) {
        command->kind = WAST_WAIT;
        command->name = accept_id(p);
        expect_rpar(p);
    } else {
        parse_assertion(s, command);
    }
}

/* (thread $name (shared (module $instance)) command*), of the threads proposal. */
static void parse_thread(struct script_parser *s, struct wast_command *command)
{
    struct parser *p = &s->p;
    struct command_list list = {0};
    command->kind = WAST_THREAD;
    command->name = accept_id(p);
    if (accept_form(p, "shared")) {
        if (!accept_form(p, "module"))
            parser_unexpected(p, "a module");
        command->target = accept_id(p);
        expect_rpar(p);
        expect_rpar(p);
    }
    while (p->tok.kind == TOK_LPAR)
        parse_simple(s, new_command(s, &list));
    expect_rpar(p);
    command->commands = list.commands;
    command->command_count = list.count;
}

/* Fields without a module around them are one. */
static bool at_module_field(struct parser *p)
{
    static const char *const fields[] = {"type", "rec",    "import", "func",  "table", "memory",
                                         "tag",  "global", "export", "start", "elem",  "data"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (at_form(p, fields[i]))
            return true;
    return false;
}

static void parse_inline_module(struct script_parser *s, struct slice text,
                                struct wast_command *command)
{
    struct wast_module *module = arena_alloc(s->p.arena, sizeof *module);
    *module = (struct wast_module){.source = WAST_TEXT, .text = text, .line = 1};
    command->kind = WAST_MODULE;
    command->module = module;
}

bool wast_parse(struct slice text, struct arena *arena, struct wast_script *script,
                struct error *err)
{
    struct script_parser s = {.counted = text.p, .line = 1};
    struct command_list list = {0};
    parser_open(&s.p, text, 1, arena, err);
    if (at_module_field(&s.p)) {
        parse_inline_module(&s, text, new_command(&s, &list));
    } else {
        while (s.p.tok.kind == TOK_LPAR) {
            struct wast_command *command = new_command(&s, &list);
            if (accept_form(&s.p, "thread"))
                parse_thread(&s, command);
            else
                parse_simple(&s, command);
        }
        if (s.p.tok.kind != TOK_EOF)
            parser_unexpected(&s.p, "a command");
    }
    *script = (struct wast_script){list.commands, list.count};
    return !parser_failed(&s.p);
}
