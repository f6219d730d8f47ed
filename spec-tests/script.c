/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The commands of the script language ("interpreter/README" of the specification, section Scripts):
 * one function a kind, found by a table. Each says how it went; script_run counts.
 */
#include "spec-tests/script.h"

#include "frontend/arena.h"
#include "frontend/decode.h"
#include "frontend/text/text.h"
#include "frontend/text/wast.h"
#include "spec-tests/compare.h"
#include "spec-tests/report.h"
#include "spec-tests/world.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a command went: passed, or text says why not. */
enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED };

struct thread;

/* What runs commands: the script, or one of its threads. */
struct script {
    struct world world;
    const char *path;
    int fd;               /* where events go: a pipe, to which each is written at once */
    struct arena scratch; /* of one command */
    struct thread *threads;
    char text[EVENT_TEXT_MAX];
};

struct thread {
    struct thread *next; /* of the script that started it */
    struct slice name;
    struct script *script;
    const struct wast_command *commands;
    uint32_t command_count;
    pthread_t handle;
};

__attribute__((format(printf, 2, 3))) static enum verdict fail(struct script *s, const char *format,
                                                               ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->text, sizeof s->text, format, args);
    va_end(args);
    return VERDICT_FAILED;
}

/* What was to end well did not. */
static enum verdict give_up(struct script *s, const struct result *result)
{
    (void)fail(s, "%s: %s", outcome_name(result->outcome), result->text);
    return result->outcome == OUTCOME_UNSUPPORTED ? VERDICT_SKIPPED : VERDICT_FAILED;
}

/* What was to end with the outcome and the message, and how it ended. */
static enum verdict expect(struct script *s, enum outcome wanted, struct slice message,
                           const struct result *result)
{
    if (result->outcome == OUTCOME_UNSUPPORTED)
        return give_up(s, result);
    if (result->outcome == wanted && message_matches(message, result->text))
        return VERDICT_PASSED;
    return fail(s, "expected %s \"%.*s\", got %s \"%s\"", outcome_name(wanted), (int)message.n,
                (const char *)message.p, outcome_name(result->outcome), result->text);
}

/* ---- modules ---- */

static bool compile(struct script *s, const struct wast_module *module, w2s_module **compiled,
                    struct result *result)
{
    struct error err = ERROR_INIT;
    struct slice bytes;
    struct module decoded;
    *compiled = NULL;
    bool good = wast_module_bytes(module, FEATURES_ALL & ~s->world.disabled, &s->scratch, &bytes,
                                  NULL, &err);
    /* The compiler would take what does not begin with the magic number for text. */
    if (good && !text_is_binary(bytes))
        good = module_decode(&decoded, bytes, FEATURES_ALL, &s->scratch, &err);
    if (good)
        return world_compile(&s->world, bytes.p, bytes.n, compiled, result);
    return result_set(result, world_outcome(err.kind), "%s", err.message);
}

/* Compiles and instantiates a module that no later command can name. */
static struct result try_module(struct script *s, const struct wast_module *module)
{
    struct result result;
    w2s_module *compiled;
    w2s_instance *instance;
    if (!compile(s, module, &compiled, &result))
        return result;
    (void)world_instantiate(&s->world, compiled, &instance, &result);
    w2s_module_free(compiled);
    return result;
}

static enum verdict run_module(struct script *s, const struct wast_command *c)
{
    struct result result;
    w2s_module *compiled;
    w2s_instance *instance = NULL;
    const struct slice name = c->module->name;
    bool good = compile(s, c->module, &compiled, &result);
    if (!world_add_unit(&s->world, name, compiled, &result))
        return fail(s, "no memory");
    if (good && !c->module->definition)
        good = world_instantiate(&s->world, compiled, &instance, &result);
    if (!c->module->definition && !world_add_actor(&s->world, name, instance, &result))
        return fail(s, "no memory");
    return good ? VERDICT_PASSED : give_up(s, &result);
}

static enum verdict run_instance(struct script *s, const struct wast_command *c)
{
    const struct unit *unit = world_unit(&s->world, c->target);
    if (unit == NULL)
        return fail(s, "unknown module definition %.*s", (int)c->target.n,
                    (const char *)c->target.p);
    struct result result = unit->result;
    w2s_instance *instance = NULL;
    bool good =
        unit->module != NULL && world_instantiate(&s->world, unit->module, &instance, &result);
    if (!world_add_actor(&s->world, c->name, instance, &result))
        return fail(s, "no memory");
    return good ? VERDICT_PASSED : give_up(s, &result);
}

static enum verdict run_register(struct script *s, const struct wast_command *c)
{
    const struct actor *actor = world_actor(&s->world, c->target);
    struct result result;
    if (actor == NULL)
        return fail(s, "unknown instance %.*s", (int)c->target.n, (const char *)c->target.p);
    return world_register(&s->world, c->as, actor, &result) ? VERDICT_PASSED : give_up(s, &result);
}

static enum verdict run_rejected(struct script *s, const struct wast_command *c,
                                 enum outcome wanted)
{
    struct result result;
    w2s_module *compiled;
    if (compile(s, c->module, &compiled, &result))
        w2s_module_free(compiled);
    return expect(s, wanted, c->message, &result);
}

static enum verdict run_invalid(struct script *s, const struct wast_command *c)
{
    return run_rejected(s, c, OUTCOME_INVALID);
}

static enum verdict run_malformed(struct script *s, const struct wast_command *c)
{
    return run_rejected(s, c, OUTCOME_MALFORMED);
}

static enum verdict run_unlinkable(struct script *s, const struct wast_command *c)
{
    struct result result = try_module(s, c->module);
    return expect(s, OUTCOME_UNLINKABLE, c->message, &result);
}

/* ---- actions ---- */

static bool act(struct script *s, const struct wast_action *action, struct values *results,
                struct result *result)
{
    struct actor *actor = world_actor(&s->world, action->module);
    struct values args = {.count = action->arg_count};
    if (actor == NULL)
        return result_set(result, OUTCOME_ERROR, "unknown instance %.*s", (int)action->module.n,
                          (const char *)action->module.p);
    if (action->is_get)
        return world_get(actor, action->field, results, result);
    if (args.count > WORLD_VALUES_MAX)
        return result_set(result, OUTCOME_ERROR, "too many arguments");
    for (uint32_t i = 0; i < args.count; i++)
        if (!value_from_constant(&action->args[i], &args.values[i], &args.types[i]))
            return result_set(result, OUTCOME_ERROR, "argument %u is no constant", i);
    return world_invoke(actor, action->field, &args, results, result);
}

static enum verdict run_action(struct script *s, const struct wast_command *c)
{
    struct values results;
    struct result result;
    return act(s, c->action, &results, &result) ? VERDICT_PASSED : give_up(s, &result);
}

static enum verdict run_return(struct script *s, const struct wast_command *c)
{
    struct values results;
    struct result result;
    char wanted[80], got[80];
    if (!act(s, c->action, &results, &result))
        return give_up(s, &result);
    if (results.count != c->result_count)
        return fail(s, "expected %u results, got %u", c->result_count, results.count);
    for (uint32_t i = 0; i < results.count; i++)
        if (!value_matches(&c->results[i], &results.values[i], results.types[i]))
            return fail(s, "%.*s: expected %s, got %s", (int)c->action->field.n,
                        (const char *)c->action->field.p,
                        pattern_print(&c->results[i], wanted, sizeof wanted),
                        value_print(&results.values[i], results.types[i], got, sizeof got));
    return VERDICT_PASSED;
}

static enum verdict run_trap(struct script *s, const struct wast_command *c)
{
    struct values results;
    struct result result;
    if (c->module != NULL)
        result = try_module(s, c->module);
    else
        (void)act(s, c->action, &results, &result);
    return expect(s, OUTCOME_TRAP, c->message, &result);
}

static enum verdict run_exhaustion(struct script *s, const struct wast_command *c)
{
    struct values results;
    struct result result;
    (void)act(s, c->action, &results, &result);
    if (result.outcome == OUTCOME_TRAP && result.trap != W2S_TRAP_STACK_OVERFLOW)
        return fail(s, "expected an exhausted stack, got trap \"%s\"", result.text);
    return expect(s, OUTCOME_TRAP, c->message, &result);
}

static enum verdict run_exception(struct script *s, const struct wast_command *c)
{
    struct values results;
    struct result result;
    (void)act(s, c->action, &results, &result);
    if (result.outcome == OUTCOME_EXCEPTION)
        return VERDICT_PASSED;
    if (result.outcome == OUTCOME_UNSUPPORTED)
        return give_up(s, &result);
    return fail(s, "expected an exception, got %s \"%s\"", outcome_name(result.outcome),
                result.text);
}

/* ---- threads ---- */

static struct script *script_new(const struct options *options, const char *path, int fd)
{
    struct result result;
    struct script *s = calloc(1, sizeof *s);
    if (s == NULL || !world_init(&s->world, options, path, &result)) {
        event_write(fd, EVENT_FAILED, 0, 0, s == NULL ? "no memory" : result.text);
        free(s);
        return NULL;
    }
    s->path = path;
    s->fd = fd;
    return s;
}

static void run_commands(struct script *s, const struct wast_command *commands, uint32_t count);

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    run_commands(thread->script, thread->commands, thread->command_count);
    return NULL;
}

static void script_free(struct script *s);

static void thread_join(struct thread *thread)
{
    pthread_join(thread->handle, NULL);
    script_free(thread->script);
    free(thread);
}

static void script_free(struct script *s)
{
    while (s->threads != NULL) {
        struct thread *thread = s->threads;
        s->threads = thread->next;
        thread_join(thread);
    }
    world_free(&s->world);
    arena_free(&s->scratch);
    free(s);
}

/* Starts a thread on its commands; it is joined when the script waits for it, or at the end. */
static bool thread_start(struct script *s, const struct wast_command *c, struct script *child)
{
    struct thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL)
        return false;
    *thread = (struct thread){.next = s->threads,
                              .name = c->name,
                              .script = child,
                              .commands = c->commands,
                              .command_count = c->command_count};
    if (pthread_create(&thread->handle, NULL, thread_main, thread) != 0) {
        free(thread);
        return false;
    }
    s->threads = thread;
    return true;
}

static enum verdict run_thread(struct script *s, const struct wast_command *c)
{
    const struct actor *shared = c->target.n == 0 ? NULL : world_actor(&s->world, c->target);
    if (c->target.n != 0 && (shared == NULL || shared->instance == NULL))
        return fail(s, "unknown instance %.*s", (int)c->target.n, (const char *)c->target.p);
    struct script *child = script_new(s->world.options, s->path, s->fd);
    if (child == NULL)
        return fail(s, "no world for a thread");
    if ((shared == NULL || world_add_shared(&child->world, c->target, shared->instance)) &&
        thread_start(s, c, child))
        return VERDICT_PASSED;
    script_free(child);
    return fail(s, "no memory for a thread");
}

static enum verdict run_wait(struct script *s, const struct wast_command *c)
{
    struct thread **link = &s->threads;
    while (*link != NULL &&
           ((*link)->name.n != c->name.n || memcmp((*link)->name.p, c->name.p, c->name.n) != 0))
        link = &(*link)->next;
    struct thread *thread = *link;
    if (thread == NULL)
        return fail(s, "unknown thread %.*s", (int)c->name.n, (const char *)c->name.p);
    *link = thread->next;
    thread_join(thread);
    return VERDICT_PASSED;
}

/* ---- the script ---- */

static const struct command_kind {
    enum verdict (*run)(struct script *script, const struct wast_command *command);
    bool is_assertion;
} command_kinds[WAST__COUNT] = {
    [WAST_MODULE] = {run_module, false},
    [WAST_INSTANCE] = {run_instance, false},
    [WAST_REGISTER] = {run_register, false},
    [WAST_ACTION] = {run_action, false},
    [WAST_ASSERT_RETURN] = {run_return, true},
    [WAST_ASSERT_TRAP] = {run_trap, true},
    [WAST_ASSERT_EXHAUSTION] = {run_exhaustion, true},
    [WAST_ASSERT_EXCEPTION] = {run_exception, true},
    [WAST_ASSERT_INVALID] = {run_invalid, true},
    [WAST_ASSERT_MALFORMED] = {run_malformed, true},
    [WAST_ASSERT_INVALID_CUSTOM] = {run_invalid, true},
    [WAST_ASSERT_MALFORMED_CUSTOM] = {run_malformed, true},
    [WAST_ASSERT_UNLINKABLE] = {run_unlinkable, true},
    [WAST_THREAD] = {run_thread, false},
    [WAST_WAIT] = {run_wait, false},
};

static uint32_t count_assertions(const struct wast_command *commands, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += (command_kinds[commands[i].kind].is_assertion ? 1 : 0) +
             count_assertions(commands[i].commands, commands[i].command_count);
    return n;
}

static void run_command(struct script *s, const struct wast_command *c)
{
    const int fd = s->fd;
    const struct command_kind *kind = &command_kinds[c->kind];
    const uint32_t assertions = count_assertions(c, 1);
    const char *reason = options_skip_reason(s->world.options, s->path, c->line);
    event_write(fd, EVENT_LINE, c->line, 0, NULL);
    if (reason != NULL) {
        event_write(fd, EVENT_SKIPPED, c->line, assertions, reason);
        return;
    }
    switch (kind->run(s, c)) {
    case VERDICT_PASSED:
        if (kind->is_assertion)
            event_write(fd, EVENT_PASSED, c->line, 1, NULL);
        break;
    case VERDICT_FAILED: event_write(fd, EVENT_FAILED, c->line, assertions, s->text); break;
    case VERDICT_SKIPPED: event_write(fd, EVENT_SKIPPED, c->line, assertions, s->text); break;
    }
    arena_reset(&s->scratch);
}

static void run_commands(struct script *s, const struct wast_command *commands, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        run_command(s, &commands[i]);
}

static void run_script(const struct options *options, const char *path,
                       const struct wast_script *script, int fd)
{
    struct script *s = script_new(options, path, fd);
    if (s == NULL)
        return;
    run_commands(s, script->commands, script->count);
    script_free(s);
    event_write(fd, EVENT_DONE, 0, 0, NULL);
}

static bool read_file(const char *path, struct arena *arena, struct slice *text)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return false;
    size_t capacity = 1 << 16, n;
    uint8_t *bytes = arena_alloc(arena, capacity);
    *text = (struct slice){bytes, 0};
    while ((n = fread(bytes + text->n, 1, capacity - text->n, in)) > 0) {
        text->n += n;
        if (text->n == capacity) {
            bytes = arena_grow(arena, bytes, capacity, 2 * capacity, 1);
            capacity *= 2;
        }
        text->p = bytes;
    }
    bool good = !ferror(in);
    fclose(in);
    return good;
}

void script_run(const struct options *options, const char *path, int fd)
{
    struct arena arena = {0};
    struct slice text;
    struct wast_script script = {0};
    struct error err = ERROR_INIT;
    char why[EVENT_TEXT_MAX];
    const char *reason = options_skip_reason(options, path, 0);
    if (!read_file(path, &arena, &text)) {
        event_write(fd, EVENT_FAILED, 0, 0, strerror(errno));
    } else if (!wast_parse(text, &arena, &script, &err)) {
        snprintf(why, sizeof why, "script: %s", err.message);
        event_write(fd, EVENT_FAILED, err.line, 0, why);
    } else {
        const uint32_t total = count_assertions(script.commands, script.count);
        event_write(fd, EVENT_TOTAL, 0, total, NULL);
        if (reason == NULL) {
            run_script(options, path, &script, fd);
            arena_free(&arena);
            return;
        }
        event_write(fd, EVENT_SKIPPED, 0, total, reason);
    }
    event_write(fd, EVENT_DONE, 0, 0, NULL);
    arena_free(&arena);
}
