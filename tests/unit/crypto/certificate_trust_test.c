/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose certificates are believed, with authorities made here (CL-10).
 */
#include "crypto/certificate_trust.h"

#include "certificate_testing.h"

#include <stdlib.h>
#include <unistd.h>

enum { NOW = 1795529167, DAY = 86400 };

struct scene {
    struct ctx *c;
    struct made_certificate root, other;
    X509_STORE *authorities;
};

static struct made_certificate make(struct ctx *c, struct certificate_plan plan)
{
    if (plan.from == 0)
        plan.from = NOW - DAY;
    if (plan.to == 0)
        plan.to = NOW + DAY;
    return certificate_make(c->arena, &plan);
}

static X509_STORE *believe(struct ctx *c, const struct made_certificate *made)
{
    char path[] = "/tmp/uauth-trust-XXXXXX";
    X509_STORE *out = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    certificates_write(path, made, 1);
    assert_int_equal(certificate_authorities_read(c, c->arena, path, &out).code, ERR_OK);
    (void)close(fd);
    (void)unlink(path);
    return out;
}

static struct scene scene_of(void **state)
{
    struct scene s = { .c = *state };
    s.root = make(s.c, (struct certificate_plan){ .subject = "CN=root", .authority = true });
    s.other = make(s.c, (struct certificate_plan){ .subject = "CN=root", .authority = true });
    s.authorities = believe(s.c, &s.root);
    return s;
}

/* Whether `own` is believed, with `between` shown beside it. */
static bool believed(const struct scene *s, struct bytes own, const struct bytes *between, size_t n)
{
    struct bytes at[CERTIFICATES_MAX] = { own };
    struct certificates shown = { at, n + 1 };
    struct certificate read;
    for (size_t i = 0; i < n; i++)
        at[i + 1] = between[i];
    assert_int_equal(certificate_read(s->c, s->c->arena, own, &read).code, ERR_OK);
    return certificate_distrust(s->c->arena, &read, &shown, s->authorities, NOW) == NULL;
}

static bool alone(const struct scene *s, struct certificate_plan plan)
{
    plan.subject = "CN=client";
    return believed(s, make(s->c, plan).der, NULL, 0);
}

static void what_an_authority_signed_is_believed(void **state)
{
    struct scene s = scene_of(state);
    assert_true(alone(&s, (struct certificate_plan){ .issuer = &s.root }));
    assert_true(alone(&s, (struct certificate_plan){ .issuer = &s.root, .usage = "clientAuth" }));
}

/* CL-10: itself, and another authority of the same name. */
static void what_others_signed_is_not(void **state)
{
    struct scene s = scene_of(state);
    assert_false(alone(&s, (struct certificate_plan){ 0 }));
    assert_false(alone(&s, (struct certificate_plan){ .issuer = &s.other }));
}

/* CL-10 */
static void it_is_believed_in_its_time_alone(void **state)
{
    struct scene s = scene_of(state);
    assert_false(alone(&s, (struct certificate_plan){ .issuer = &s.root, .to = NOW - 1 }));
    assert_false(alone(&s, (struct certificate_plan){ .issuer = &s.root, .from = NOW + 60 }));
    struct made_certificate old =
        make(s.c, (struct certificate_plan){
                      .subject = "CN=root", .authority = true, .key = s.root.key, .to = NOW - 1 });
    s.authorities = believe(s.c, &old);
    assert_false(alone(&s, (struct certificate_plan){ .issuer = &old }));
}

static void one_for_servers_is_not_for_clients(void **state)
{
    struct scene s = scene_of(state);
    assert_false(alone(&s, (struct certificate_plan){ .issuer = &s.root, .usage = "serverAuth" }));
}

static void a_weak_signature_is_not_believed(void **state)
{
    struct scene s = scene_of(state);
    assert_false(alone(&s, (struct certificate_plan){ .issuer = &s.root, .sha1 = true }));
}

/* RFC 5280 6.1: over certificates that the client shows, of those who may sign. */
static void a_chain_leads_to_an_authority(void **state)
{
    struct scene s = scene_of(state);
    struct made_certificate middle = make(
        s.c,
        (struct certificate_plan){ .subject = "CN=middle", .issuer = &s.root, .authority = true });
    struct made_certificate nobody =
        make(s.c, (struct certificate_plan){ .subject = "CN=nobody", .issuer = &s.root });
    struct made_certificate own =
        make(s.c, (struct certificate_plan){ .subject = "CN=client", .issuer = &middle });
    struct made_certificate forged =
        make(s.c, (struct certificate_plan){ .subject = "CN=client", .issuer = &nobody });
    struct bytes rubbish = { (const uint8_t *)"rubbish", 7 };
    assert_false(believed(&s, own.der, NULL, 0));
    assert_true(believed(&s, own.der, &middle.der, 1));
    assert_true(believed(&s, own.der, (struct bytes[]){ rubbish, middle.der }, 2));
    assert_false(believed(&s, own.der, &nobody.der, 1));
    assert_false(believed(&s, forged.der, &nobody.der, 1));
}

static void a_chain_has_an_end(void **state)
{
    struct scene s = scene_of(state);
    struct made_certificate links[CERTIFICATES_MAX];
    struct bytes at[CERTIFICATES_MAX];
    links[0] = s.root;
    for (size_t i = 1; i < CERTIFICATES_MAX; i++) {
        links[i] =
            make(s.c, (struct certificate_plan){ .subject = text_printf(s.c->arena, "CN=%zu", i),
                                                 .issuer = &links[i - 1],
                                                 .authority = true });
        at[i - 1] = links[i].der;
    }
    for (size_t depth = 0; depth < CERTIFICATES_MAX - 1; depth++) {
        struct made_certificate own =
            make(s.c, (struct certificate_plan){ .subject = "CN=client", .issuer = &links[depth] });
        assert_int_equal(believed(&s, own.der, at, CERTIFICATES_MAX - 1),
                         depth <= CERTIFICATE_DEPTH_MAX);
    }
}

static void a_file_without_certificates_is_refused(void **state)
{
    struct ctx *c = *state;
    X509_STORE *out = NULL;
    static const char *const paths[] = { "/nonexistent", "/dev/null", "/tmp" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(certificate_authorities_read(c, c->arena, paths[i], &out).code,
                         ERR_INVALID_FIELD);
        assert_null(out);
        fault_clear(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_an_authority_signed_is_believed),
        TEST(what_others_signed_is_not),
        TEST(it_is_believed_in_its_time_alone),
        TEST(one_for_servers_is_not_for_clients),
        TEST(a_weak_signature_is_not_believed),
        TEST(a_chain_leads_to_an_authority),
        TEST(a_chain_has_an_end),
        TEST(a_file_without_certificates_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
