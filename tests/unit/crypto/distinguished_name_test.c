/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/distinguished_name.h"

#include "vectors.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

/* `text` read and written again; NULL if it is refused. */
static const char *rewritten(struct ctx *c, const char *text)
{
    const X509_NAME *name = distinguished_name_read(c->arena, text);
    return name == NULL ? NULL : distinguished_name_write(c->arena, name);
}

/* RFC 4514 4 */
static void the_examples_of_rfc_4514_are_read(void **state)
{
    struct ctx *c = *state;
    static const char *const examples[][2] = {
        { "UID=jsmith,DC=example,DC=net", "UID=jsmith,DC=example,DC=net" },
        { "OU=Sales+CN=J.  Smith,DC=example,DC=net", "OU=Sales+CN=J.  Smith,DC=example,DC=net" },
        { "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net",
          "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net" },
        { "CN=Before\\0dAfter,DC=example,DC=net", "CN=Before\\0DAfter,DC=example,DC=net" },
        { "CN=Lu\\C4\\8Di\\C4\\87", "CN=Lu\xc4\x8di\xc4\x87" },
        { "1.3.6.1.4.1.1466.0=#0c024869", "1.3.6.1.4.1.1466.0=#0C024869" },
        /* OpenSSL has names of its own for these. */
        { "1.3.6=Hi,2.5.4.15=Hi", "1.3.6=#0C024869,2.5.4.15=#0C024869" },
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        assert_string_equal(rewritten(c, examples[i][0]), examples[i][1]);
}

static void a_part_has_the_type_and_the_place_that_the_text_gives_it(void **state)
{
    struct ctx *c = *state;
    const X509_NAME *name =
        distinguished_name_read(c->arena, "CN=a+OU=b,O=c,2.5.4.6=DE,emailAddress=x@y");
    static const int nids[] = { NID_pkcs9_emailAddress, NID_countryName, NID_organizationName,
                                NID_organizationalUnitName, NID_commonName };
    static const int parts[] = { 0, 1, 2, 3, 3 };
    assert_non_null(name);
    assert_int_equal(X509_NAME_entry_count(name), 5);
    for (int i = 0; i < 5; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        assert_int_equal(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)), nids[i]);
        assert_int_equal(X509_NAME_ENTRY_set(entry), parts[i]);
    }
}

static void every_name_of_a_type_is_known_in_either_case(void **state)
{
    struct ctx *c = *state;
    static const char *const names[] = { "CN",
                                         "L",
                                         "ST",
                                         "O",
                                         "OU",
                                         "C",
                                         "STREET",
                                         "DC",
                                         "UID",
                                         "serialNumber",
                                         "organizationIdentifier",
                                         "givenName",
                                         "SN",
                                         "title",
                                         "emailAddress" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = text_printf(c->arena, "%s=x", names[i]);
        const X509_NAME *name = distinguished_name_read(c->arena, text);
        const X509_NAME *lower = distinguished_name_read(c->arena, text_lower(c->arena, text));
        assert_non_null(name);
        assert_non_null(lower);
        assert_true(distinguished_name_equal(name, lower));
    }
}

static void what_rfc_4514_does_not_write_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = {
        "",
        ",",
        "CN",
        "=a",
        "CN=a,",
        ",CN=a",
        "CN=a,,O=b",
        "CN=a+",
        "CN=a+,O=b",
        "CN=a, O=b",
        "CN=a ,O=b",
        " CN=a",
        "CN=a ",
        "CN = a",
        "CN= a",
        "CN=\"a\"",
        "CN=a;O=b",
        "CN=a<b",
        "CN=a>b",
        "CN=a\\",
        "CN=a\\x",
        "CN=a\\4",
        "CN=a\\4,O=b",
        "CN=a\\00b",
        "CN=\\FF",
        "CN=\xff",
        "XX=a",
        "2=a",
        "2.=a",
        ".2=a",
        "2..5=a",
        "2.05.4=a",
        "9.9.9=a",
        "OID.2.5.4.3=a",
        "CN=#",
        "CN=#0",
        "CN=#0c0161xx",
        "CN=#0c0261",
        "CN=#0c016161",
        "CN=#04024869",
        "CN=#300",
        "/CN=a",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (distinguished_name_read(c->arena, wrong[i]) != NULL)
            fail_msg("taken: %s", wrong[i]);
}

static void what_is_escaped_may_be_anything_but_a_nul(void **state)
{
    struct ctx *c = *state;
    static const char *const right[] = {
        "CN=",     "CN=a=b",  "CN=a#",    "CN=\\#a",          "CN=\\ a\\ ", "CN=a  b",
        "CN=\\2C", "CN=\\\\", "CN=a\\+b", "CN=Zo\xc3\xab,C=", "CN=a\\=b",   "CN=\\\"\\;\\<\\>"
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        const X509_NAME *name = distinguished_name_read(c->arena, right[i]);
        assert_non_null(name);
        const char *text = distinguished_name_write(c->arena, name);
        const X509_NAME *again = distinguished_name_read(c->arena, text);
        assert_non_null(again);
        assert_true(distinguished_name_equal(name, again));
    }
}

static bool same(struct ctx *c, const char *one, const char *two)
{
    return distinguished_name_equal(distinguished_name_read(c->arena, one),
                                    distinguished_name_read(c->arena, two));
}

/* RFC 5280 7.1 */
static void names_are_compared_part_by_part_and_in_order(void **state)
{
    struct ctx *c = *state;
    assert_true(same(c, "CN=a,O=b", "cn=A,2.5.4.10=B"));
    assert_true(same(c, "CN=a  b", "CN=a b"));
    assert_true(same(c, "CN=\\ a", "CN=a"));
    assert_true(same(c, "CN=a", "CN=#130161")); /* a PrintableString */
    assert_true(same(c, "CN=a+O=b", "O=b+CN=a"));
    assert_false(same(c, "CN=a,O=b", "O=b,CN=a"));
    assert_false(same(c, "CN=a,O=b", "CN=a+O=b"));
    assert_false(same(c, "CN=a,O=b", "CN=a"));
    assert_false(same(c, "CN=a", "CN=a,O=b"));
    assert_false(same(c, "CN=a", "CN=ab"));
    assert_false(same(c, "CN=a", "OU=a"));
    assert_false(same(c, "CN=ab", "CN=a b"));
    assert_false(same(c, "CN=a\\,O=b", "CN=a,O=b"));
    assert_false(same(c, "CN=Zo\xc3\xab", "CN=Zoe"));
}

static void a_name_has_a_bounded_length_and_number_of_parts(void **state)
{
    struct ctx *c = *state;
    struct text_buffer parts = text_buffer(c->arena);
    text_add(&parts, "CN=a");
    for (int i = 1; i < DISTINGUISHED_NAME_PARTS_MAX; i++)
        text_add(&parts, i % 2 == 0 ? ",CN=a" : "+O=b");
    assert_non_null(distinguished_name_read(c->arena, text_of(&parts)));
    text_add(&parts, ",CN=a");
    assert_null(distinguished_name_read(c->arena, text_of(&parts)));
    char long_name[DISTINGUISHED_NAME_MAX + 2] = "CN=";
    memset(long_name + 3, 'a', DISTINGUISHED_NAME_MAX - 3);
    assert_non_null(distinguished_name_read(c->arena, long_name));
    long_name[DISTINGUISHED_NAME_MAX] = 'a';
    assert_null(distinguished_name_read(c->arena, long_name));
}

/* A certificate may hold what is no text: it is not written, rather than written wrongly. */
static void values_that_are_no_text_are_not_written(void **state)
{
    struct ctx *c = *state;
    static const struct {
        int type;
        const char *bytes;
        int n;
    } values[] = { { V_ASN1_UTF8STRING, "a\xff", 2 }, { V_ASN1_BMPSTRING, "\xd8\0", 2 } };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        X509_NAME *name = X509_NAME_new();
        /* Types are checked when a name is encoded, not when it is made. */
        X509_NAME_ENTRY *entry =
            X509_NAME_ENTRY_create_by_NID(NULL, NID_commonName, values[i].type,
                                          (const unsigned char *)values[i].bytes, values[i].n);
        assert_non_null(entry);
        assert_int_equal(X509_NAME_add_entry(name, entry, -1, 0), 1);
        assert_null(distinguished_name_write(c->arena, name));
        X509_NAME_ENTRY_free(entry);
        X509_NAME_free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(the_examples_of_rfc_4514_are_read),
        CRYPTO_TEST(a_part_has_the_type_and_the_place_that_the_text_gives_it),
        CRYPTO_TEST(every_name_of_a_type_is_known_in_either_case),
        CRYPTO_TEST(what_rfc_4514_does_not_write_is_refused),
        CRYPTO_TEST(what_is_escaped_may_be_anything_but_a_nul),
        CRYPTO_TEST(names_are_compared_part_by_part_and_in_order),
        CRYPTO_TEST(a_name_has_a_bounded_length_and_number_of_parts),
        CRYPTO_TEST(values_that_are_no_text_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
