/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure Arc's challenge (entra.md 2.4; 9.2 "Arc path attacks"; 6.2 AzureArc.spec, 6.3
 * TestAzureArcErrors, TestAzureArcUserAssignedNotHonoredFailsClosed).  Whoever listens at its port
 * names the file; only the agent's own are ever sent there.
 */
#include "azure_testing.h"

#include <fcntl.h>

#define FOLDER "/var/opt/azcmagent/tokens"
#define ARC    "GET /arc?api-version=2020-06-01&" RESOURCE

/* The folder of the agent under a root of the test's. */
struct arc {
    struct azure_place p;
    const char *root, *folder;
};

static void make_folders(const char *root)
{
    static const char *const steps[] = { "/var", "/var/opt",       "/var/opt/azcmagent", FOLDER,
                                         "/opt", "/opt/azcmagent", "/opt/azcmagent/bin" };
    char path[512];
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", root, steps[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
}

static struct arc open_arc(void **state)
{
    char root[] = "/tmp/uauth-arc-XXXXXX";
    assert_non_null(mkdtemp(root));
    make_folders(root);
    struct arc a = { .p = azure_place(state) };
    a.root = text_printf(a.p.w->arena, "%s", root);
    a.folder = text_printf(a.p.w->arena, "%s" FOLDER, root);
    a.p.platform.root = a.root;
    azure_set(&a.p, "IDENTITY_ENDPOINT", "URL/arc");
    azure_set(&a.p, "IMDS_ENDPOINT", "URL/x");
    return a;
}

static void close_arc(const struct arc *a)
{
    assert_int_equal(system(text_printf(a->p.w->arena, "rm -r %s", a->root)), 0);
}

static void put_file(const struct arc *a, const char *name, const char *content, size_t n)
{
    int fd = open(text_printf(a->p.w->arena, "%s/%s", a->folder, name),
                  O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, n), n);
    (void)close(fd);
}

#define CHALLENGE(path) "401 x\r\nWww-Authenticate: Basic realm=" path "\r\n"

static void a_challenge_is_answered_with_the_content_of_the_file(void **state)
{
    struct arc a = open_arc(state);
    struct world *w = a.p.w;
    struct azure_token token = { 0 };
    put_file(&a, "1.key", "CANARY-key\r\n", 12);
    SCRIPT(w, { ARC " ", "Metadata: true\r\n", CHALLENGE(FOLDER "/1.key"), "" },
           { ARC " ", "Authorization: Basic CANARY-key\r\n", FINE, HOUR_TOKEN });
    assert_int_equal(azure_once(&a.p, &managed_only, &token), ERR_OK);
    assert_string_equal(token.token, "at-hour");
    peer_script_done(w);
    close_arc(&a);
}

static void an_agent_on_disk_is_enough(void **state)
{
    struct arc a = open_arc(state);
    struct azure_token token = { 0 };
    struct world *w = a.p.w;
    const char *agent = text_printf(w->arena, "%s/opt/azcmagent/bin/himds", a.root);
    int fd = open(agent, O_WRONLY | O_CREAT, 0700);
    assert_true(fd >= 0);
    (void)close(fd);
    a.p.n = 0;
    memset(a.p.environment, 0, sizeof a.p.environment);
    /* Nobody listens at its own port here: it is not IMDS that is asked. */
    SCRIPT(w, { "never", NULL, FINE, "" });
    assert_int_not_equal(azure_once(&a.p, &managed_only, &token), ERR_OK);
    assert_int_equal(peer_step(w), 0);
    close_arc(&a);
}

/* Nothing is opened, and no second request is made. */
static void other_files_are_not_read(void **state)
{
    struct arc a = open_arc(state);
    struct world *w = a.p.w;
    static const char *const heads[] = {
        CHALLENGE(FOLDER "/1.txt"),
        CHALLENGE(FOLDER "/1.key.txt"),
        CHALLENGE("/etc/1.key"),
        CHALLENGE("1.key"),
        CHALLENGE("var/opt/azcmagent/tokens/1.key"),
        CHALLENGE(FOLDER "/../tokens/1.key"),
        CHALLENGE(FOLDER "/../../../../etc/1.key"),
        CHALLENGE(FOLDER "//1.key"),
        CHALLENGE(FOLDER "/sub/1.key"),
        CHALLENGE(FOLDER "/./1.key"),
        CHALLENGE(FOLDER "2/1.key"),
        CHALLENGE(FOLDER "/.key"),
        CHALLENGE("//var/opt/azcmagent/tokens/1.key"),
        CHALLENGE(FOLDER "/1.key\""),
        CHALLENGE(""),
        "401 x\r\n",
        "401 x\r\nWww-Authenticate: Digest realm=" FOLDER "/1.key\r\n",
        "401 x\r\nWww-Authenticate: Basic\r\n",
        "200 OK\r\n",
        "302 x\r\nLocation: /\r\n",
    };
    put_file(&a, "1.key", "CANARY-key", 10);
    put_file(&a, "1.txt", "CANARY-key", 10);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct azure_token token = { 0 };
        SCRIPT(w, { ARC " ", NULL, heads[i], HOUR_TOKEN });
        assert_int_not_equal(azure_once(&a.p, &managed_only, &token), ERR_OK);
        assert_null(strstr(w->c.fault.text, "CANARY"));
        peer_script_done(w);
    }
    close_arc(&a);
}

static void what_is_no_small_plain_file_is_not_read(void **state)
{
    struct arc a = open_arc(state);
    struct world *w = a.p.w;
    char large[4097];
    memset(large, 'k', sizeof large);
    put_file(&a, "large.key", large, sizeof large);
    put_file(&a, "most.key", large, 4096);
    put_file(&a, "lines.key", "a\r\nX-Evil: b", 12);
    put_file(&a, "nul.key", "a\0b", 3);
    put_file(&a, "empty.key", "\n", 1);
    /* To a file that would do. */
    assert_int_equal(symlink("most.key", text_printf(w->arena, "%s/link.key", a.folder)), 0);
    assert_int_equal(mkfifo(text_printf(w->arena, "%s/fifo.key", a.folder), 0600), 0);
    assert_int_equal(mkdir(text_printf(w->arena, "%s/folder.key", a.folder), 0700), 0);
    static const char *const heads[] = {
        CHALLENGE(FOLDER "/large.key"),  CHALLENGE(FOLDER "/lines.key"),
        CHALLENGE(FOLDER "/nul.key"),    CHALLENGE(FOLDER "/empty.key"),
        CHALLENGE(FOLDER "/link.key"),   CHALLENGE(FOLDER "/fifo.key"),
        CHALLENGE(FOLDER "/folder.key"), CHALLENGE(FOLDER "/none.key"),
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct azure_token token = { 0 };
        SCRIPT(w, { ARC " ", NULL, heads[i], "" });
        assert_int_equal(azure_once(&a.p, &managed_only, &token), ERR_FORBIDDEN);
        peer_script_done(w);
    }
    struct azure_token token = { 0 };
    SCRIPT(w, { ARC " ", NULL, CHALLENGE(FOLDER "/most.key"), "" },
           { ARC " ", "Authorization: Basic kkkk", FINE, HOUR_TOKEN });
    assert_int_equal(azure_once(&a.p, &managed_only, &token), ERR_OK);
    close_arc(&a);
}

/* Old agents do not know of identities, and answer for their own. */
static void an_agent_that_does_not_name_the_identity_is_refused(void **state)
{
    struct arc a = open_arc(state);
    struct world *w = a.p.w;
    static const struct {
        const char *by, *echo;
        bool good;
    } rows[] = {
        { "client", "\"client_id\":\"ABC\"", true },
        { "client", "\"client_id\":\"abd\"", false },
        { "client", "\"x\":1", false },
        { "object", "\"object_id\":\"abc\"", true },
        { "object", "\"client_id\":\"abc\"", false },
        { "resource", "\"msi_res_id\":\"abc\"", true },
        { "resource", "\"mi_res_id\":\"abc\"", true },
        { "resource", "\"x\":\"abc\"", false },
    };
    put_file(&a, "1.key", "key", 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_options options = managed_only;
        struct azure_token token = { 0 };
        *(rows[i].by[0] == 'c'   ? &options.client_id
          : rows[i].by[0] == 'o' ? &options.object_id
                                 : &options.resource_id) = "abc";
        const char *body =
            text_printf(w->arena, "{\"access_token\":\"at\",\"expires_in\":100,%s}", rows[i].echo);
        SCRIPT(w, { ARC "&", "=abc ", CHALLENGE(FOLDER "/1.key"), "" },
               { ARC "&", "Basic key", FINE, body });
        assert_int_equal(azure_once(&a.p, &options, &token), rows[i].good ? ERR_OK : ERR_UPSTREAM);
        peer_script_done(w);
    }
    close_arc(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_challenge_is_answered_with_the_content_of_the_file),
        WORLD_TEST(an_agent_on_disk_is_enough),
        WORLD_TEST(other_files_are_not_read),
        WORLD_TEST(what_is_no_small_plain_file_is_not_read),
        WORLD_TEST(an_agent_that_does_not_name_the_identity_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
