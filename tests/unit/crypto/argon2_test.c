/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/argon2.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/random.h"
#include "tests/unit/base/testing.h"

#include <argon2.h>
#include <sys/mman.h>

enum { MEMORY_MAX = 5 << 20, VECTOR_MAX = 4096 };

/* Memory for a job, with something in it that must not matter. */
static void *dirty_memory(void)
{
    void *at = mmap(NULL, MEMORY_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    memset(at, 0xA5, MEMORY_MAX);
    return at;
}

/* The member `name` of the vectors, as text or number. */
static const char *member(struct ctx *c, const char *text, const char *name)
{
    struct json j = json_open(c->arena, bytes_of(text));
    struct json_value v;
    assert_true(json_value(&j, &v));
    for (const char *each; json_member(&j, &each, &v);) {
        if (strcmp(each, name) == 0)
            return v.text;
    }
    fail_msg("the vectors have no %s", name);
    return "";
}

static struct bytes member_bytes(struct ctx *c, const char *text, const char *name)
{
    struct bytes out = { 0 };
    assert_true(hex_decode(c->arena, bytes_of(member(c, text, name)), &out));
    return out;
}

static uint32_t member_number(struct ctx *c, const char *text, const char *name)
{
    int64_t number = 0;
    assert_true(text_int(member(c, text, name), 0, UINT32_MAX, &number));
    return (uint32_t)number;
}

/* The file of vectors, or the test is skipped. */
static const char *vectors(struct ctx *c, const char *name)
{
    const char *folder = getenv("UAUTH_VECTORS");
    if (folder == NULL)
        folder = SOURCE_ROOT "/../shared/vectors";
    FILE *file = fopen(text_printf(c->arena, "%s/%s", folder, name), "r");
    if (file == NULL) {
        print_message("skipped: there is no %s/%s\n", folder, name);
        skip();
    }
    char *text = arena_alloc(c->arena, VECTOR_MAX);
    assert_true(fread(text, 1, VECTOR_MAX - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* RFC 9106 5.3. */
static void the_vector_of_the_standard_comes_out_on_every_path(void **state)
{
    struct ctx *c = *state;
    const char *text = vectors(c, "rfc/rfc9106_section_5.json");
    struct bytes expected = member_bytes(c, text, "argon2id");
    uint8_t tag[64];
    void *memory = dirty_memory();
    assert_true(expected.n <= sizeof tag);
    struct argon2_job job = { .costs = { member_number(c, text, "t"),
                                         member_number(c, text, "m_kib"),
                                         member_number(c, text, "p") },
                              .password = member_bytes(c, text, "password_hex"),
                              .salt = member_bytes(c, text, "salt_hex"),
                              .secret = member_bytes(c, text, "secret_hex"),
                              .associated = member_bytes(c, text, "ad_hex"),
                              .memory = memory,
                              .tag = tag,
                              .tag_n = expected.n };
    for (enum argon2_path path = 0; path < ARGON2_PATHS; path++) {
        if (!argon2_path_runs(path))
            continue;
        memset(tag, 0, sizeof tag);
        argon2id(path, &job);
        assert_memory_equal(tag, expected.at, expected.n);
    }
    assert_int_equal(munmap(memory, MEMORY_MAX), 0);
}

static struct bytes random_bytes(struct ctx *c, size_t least, size_t most)
{
    size_t n = least + random_below(c->random, (uint32_t)(most - least + 1));
    uint8_t *at = arena_alloc(c->arena, n);
    random_fill(c->random, at, n);
    return (struct bytes){ at, n };
}

/* What Debian's libargon2 makes of the job. */
static void oracle(const struct argon2_job *job, uint8_t *tag)
{
    struct Argon2_Context x = { .out = tag,
                                .outlen = (uint32_t)job->tag_n,
                                .pwd = (uint8_t *)(uintptr_t)job->password.at,
                                .pwdlen = (uint32_t)job->password.n,
                                .salt = (uint8_t *)(uintptr_t)job->salt.at,
                                .saltlen = (uint32_t)job->salt.n,
                                .secret = (uint8_t *)(uintptr_t)job->secret.at,
                                .secretlen = (uint32_t)job->secret.n,
                                .ad = (uint8_t *)(uintptr_t)job->associated.at,
                                .adlen = (uint32_t)job->associated.n,
                                .t_cost = job->costs.time,
                                .m_cost = job->costs.memory_kib,
                                .lanes = job->costs.lanes,
                                .threads = 1,
                                .version = ARGON2_VERSION_13 };
    int status = argon2_ctx(&x, Argon2_id);
    if (status != ARGON2_OK)
        fail_msg("%s", argon2_error_message(status));
}

static uint32_t between(struct ctx *c, uint32_t least, uint32_t most)
{
    return least + random_below(c->random, most - least + 1);
}

/* A job with costs, lengths and content at random; most use little memory, where the odd cases are.
 */
static struct argon2_job random_job(struct ctx *c, void *memory, uint8_t *tag)
{
    uint32_t lanes = between(c, 1, 8);
    uint32_t most = random_below(c->random, 8) == 0 ? 4096 : 300;
    return (struct argon2_job){ .costs = { between(c, 1, 4), between(c, 8 * lanes, most), lanes },
                                .password = random_bytes(c, 0, 200),
                                .salt = random_bytes(c, 8, 70),
                                .secret = random_bytes(c, 0, 40),
                                .associated = random_bytes(c, 0, 40),
                                .memory = memory,
                                .tag = tag,
                                .tag_n = between(c, 4, 200) };
}

static void every_path_is_what_libargon2_says(void **state)
{
    struct ctx *c = *state;
    const char *rounds = getenv("UAUTH_ARGON2_ROUNDS");
    void *memory = dirty_memory();
    c->random = random_seeded(c->arena, 9106);
    for (int round = rounds == NULL ? 150 : (int)strtol(rounds, NULL, 10); round > 0; round--) {
        struct arena_mark mark = arena_mark(c->arena);
        uint8_t tag[200], expected[200];
        struct argon2_job job = random_job(c, memory, tag);
        oracle(&job, expected);
        for (enum argon2_path path = 0; path < ARGON2_PATHS; path++) {
            if (!argon2_path_runs(path))
                continue;
            argon2id(path, &job);
            if (memcmp(tag, expected, job.tag_n) != 0)
                fail_msg("%s differs for t=%u m=%u p=%u", argon2_path_name(path), job.costs.time,
                         job.costs.memory_kib, job.costs.lanes);
        }
        arena_rewind(c->arena, mark);
    }
    assert_int_equal(munmap(memory, MEMORY_MAX), 0);
}

/* ME-01: the memory asked for is the memory used. */
static void not_a_byte_beyond_the_memory_is_touched(void **state)
{
    struct ctx *c = *state;
    uint8_t *memory = dirty_memory(), tag[32];
    struct argon2_job job = { .costs = { 2, 77, 3 },
                              .password = bytes_of("password"),
                              .salt = bytes_of("somesalt"),
                              .memory = memory,
                              .tag = tag,
                              .tag_n = sizeof tag };
    size_t n = argon2_memory_bytes(&job.costs);
    (void)c;
    assert_true(n <= (size_t)(77 + 3 + 2) * 1024);
    for (enum argon2_path path = 0; path < ARGON2_PATHS; path++) {
        if (argon2_path_runs(path))
            argon2id(path, &job);
    }
    for (size_t i = n; i < MEMORY_MAX; i++) {
        if (memory[i] != 0xA5)
            fail_msg("byte %zu of %zu is written", i, n);
    }
    assert_int_equal(munmap(memory, MEMORY_MAX), 0);
}

static void hash(void *job)
{
    argon2id(ARGON2_PORTABLE, job);
}

static void costs_and_lengths_out_of_bounds_are_bugs(void **state)
{
    (void)state;
    uint8_t tag[ARGON2_TAG_MAX + 1];
    void *memory = dirty_memory();
    const struct argon2_job good = { .costs = { 1, 32, 4 },
                                     .password = bytes_of("password"),
                                     .salt = bytes_of("somesalt"),
                                     .memory = memory,
                                     .tag = tag,
                                     .tag_n = 32 };
    struct argon2_job bad[] = { good, good, good, good, good, good, good };
    bad[0].costs.time = 0;
    bad[1].costs.lanes = 0;
    bad[2].costs.lanes = ARGON2_LANES_MAX + 1;
    bad[3].costs.memory_kib = 31;
    bad[4].salt.n = 7;
    bad[5].tag_n = 3;
    bad[6].tag_n = ARGON2_TAG_MAX + 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(aborts(hash, &bad[i]));
    struct argon2_job same = good;
    assert_false(aborts(hash, &same));
    assert_int_equal(munmap(memory, MEMORY_MAX), 0);
}

static void the_best_path_runs(void **state)
{
    (void)state;
    assert_true(argon2_path_runs(ARGON2_PORTABLE));
    assert_true(argon2_path_runs(argon2_best_path()));
    print_message("best path: %s\n", argon2_path_name(argon2_best_path()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_vector_of_the_standard_comes_out_on_every_path),
        TEST(every_path_is_what_libargon2_says),
        TEST(not_a_byte_beyond_the_memory_is_touched),
        TEST(costs_and_lengths_out_of_bounds_are_bugs),
        TEST(the_best_path_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
