/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/distinguished_name.h"

#include "base/codec.h"
#include "base/result.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

/* Names of attribute types (RFC 4514 3, RFC 4519 2), and those that certificates of clients bear
 * besides. */
static const struct {
    const char *name;
    int nid;
} types[] = {
    { "CN", NID_commonName },
    { "L", NID_localityName },
    { "ST", NID_stateOrProvinceName },
    { "O", NID_organizationName },
    { "OU", NID_organizationalUnitName },
    { "C", NID_countryName },
    { "STREET", NID_streetAddress },
    { "DC", NID_domainComponent },
    { "UID", NID_userId },
    { "serialNumber", NID_serialNumber },
    { "organizationIdentifier", NID_organizationIdentifier },
    { "givenName", NID_givenName },
    { "SN", NID_surname },
    { "title", NID_title },
    { "emailAddress", NID_pkcs9_emailAddress },
};

/* One type and value; `joined` if it belongs to the same part as the one before it in the text. */
struct attribute {
    ASN1_OBJECT *type;
    int kind; /* of the string: V_ASN1_UTF8STRING and the like */
    struct bytes value;
    bool joined;
};

/* What is read, and what has been read of it. */
struct reading {
    struct arena *arena;
    const char *rest;
    struct attribute attributes[DISTINGUISHED_NAME_PARTS_MAX];
    size_t n;
};

/* "2.5.4.3": two numbers at least, without leading zeros; OpenSSL knows which are possible. */
static bool is_dotted(const char *text)
{
    bool dot = false;
    for (const char *at = text; *at != '\0'; at++) {
        bool digit = *at >= '0' && *at <= '9', first = at == text || at[-1] == '.';
        bool leading_zero = first && *at == '0' && at[1] >= '0' && at[1] <= '9';
        if (leading_zero || (!digit && (*at != '.' || first || at[1] == '\0')))
            return false;
        dot |= *at == '.';
    }
    return dot;
}

/* The type before the next '='; the reader then stands behind that. */
static bool take_type(struct reading *r, struct attribute *out)
{
    const char *end = strchr(r->rest, '=');
    if (end == NULL || end == r->rest)
        return false;
    const char *text = text_copy(r->arena, r->rest, (size_t)(end - r->rest));
    r->rest = end + 1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (text_equal_nocase(text, types[i].name))
            out->type = OBJ_nid2obj(types[i].nid); /* belongs to OpenSSL */
    if (out->type != NULL)
        return true;
    out->type = is_dotted(text) ? OBJ_txt2obj(text, 1) : NULL;
    if (out->type == NULL)
        return false;
    ARENA_OWN(r->arena, ASN1_OBJECT, ASN1_OBJECT_free, out->type);
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool is_end(char c)
{
    return c == '\0' || c == ',' || c == '+';
}

/* The byte behind a '\\': one of the special characters, or two hexadecimal digits; -1 if it is
 * neither. */
static int take_escaped(struct reading *r)
{
    char c = *r->rest;
    if (c != '\0' && strchr("\"+,;<>\\ #=", c) != NULL) {
        r->rest++;
        return (unsigned char)c;
    }
    int high = hex_digit(c), low = high < 0 ? -1 : hex_digit(r->rest[1]);
    if (low < 0)
        return -1;
    r->rest += 2;
    return high * 16 + low;
}

/* RFC 4514 2.4: a space at either end, '#' at the beginning, and these anywhere are escaped. */
static bool may_stand_bare(const char *at, bool first)
{
    bool last = is_end(at[1]);
    return strchr("\";<>", *at) == NULL && !(first && *at == '#') &&
           !((first || last) && *at == ' ');
}

static bool take_string(struct reading *r, struct attribute *out)
{
    uint8_t *value = arena_alloc(r->arena, strlen(r->rest) + 1);
    size_t n = 0;
    while (!is_end(*r->rest)) {
        int byte = (unsigned char)*r->rest;
        if (byte != '\\' && !may_stand_bare(r->rest, n == 0))
            return false;
        r->rest++;
        if (byte == '\\')
            byte = take_escaped(r);
        if (byte <= 0)
            return false;
        value[n++] = (uint8_t)byte;
    }
    out->kind = V_ASN1_UTF8STRING;
    out->value = (struct bytes){ value, n };
    return text_is_utf8(out->value);
}

/* The bytes of the one string that `der` is. */
static bool read_der(struct arena *a, struct bytes der, struct attribute *out)
{
    const uint8_t *at = der.at;
    ASN1_TYPE *value = d2i_ASN1_TYPE(NULL, &at, (long)der.n);
    bool is_string = value != NULL && at == der.at + der.n &&
                     (ASN1_tag2bit(value->type) & (B_ASN1_DIRECTORYSTRING | B_ASN1_IA5STRING)) != 0;
    if (is_string) {
        const ASN1_STRING *string = value->value.asn1_string;
        size_t n = (size_t)ASN1_STRING_length(string);
        out->kind = value->type;
        out->value = (struct bytes){ arena_copy(a, ASN1_STRING_get0_data(string), n), n };
    }
    ASN1_TYPE_free(value);
    return is_string;
}

/* '#' and the hexadecimal digits of a DER value. */
static bool take_der(struct reading *r, struct attribute *out)
{
    const char *begin = ++r->rest;
    struct bytes der;
    while (!is_end(*r->rest))
        r->rest++;
    struct bytes digits = { (const uint8_t *)begin, (size_t)(r->rest - begin) };
    return digits.n > 0 && hex_decode(r->arena, digits, &der) && read_der(r->arena, der, out);
}

/* One type and value, and the separator behind it, of which '+' joins what follows to it. */
static bool take_attribute(struct reading *r, bool *joined)
{
    if (r->n == DISTINGUISHED_NAME_PARTS_MAX)
        return false;
    struct attribute attribute = { .joined = *joined };
    if (!take_type(r, &attribute))
        return false;
    if (!(*r->rest == '#' ? take_der(r, &attribute) : take_string(r, &attribute)))
        return false;
    r->attributes[r->n++] = attribute;
    *joined = *r->rest == '+';
    return true;
}

static bool take_all(struct reading *r)
{
    for (bool joined = false; take_attribute(r, &joined); r->rest++)
        if (*r->rest == '\0')
            return true;
    return false;
}

/* Adds the attribute to the last part of `name`, or as a part of its own. */
static bool add(X509_NAME *name, const struct attribute *attribute, bool to_last)
{
    return X509_NAME_add_entry_by_OBJ(name, attribute->type, attribute->kind, attribute->value.at,
                                      (int)attribute->value.n, -1, to_last ? -1 : 0) == 1;
}

/* RFC 4514 2.1: the text begins with the last part. */
static bool build(const struct reading *r, X509_NAME *name)
{
    bool to_last = false;
    for (size_t i = r->n; i > 0; i--) {
        if (!add(name, &r->attributes[i - 1], to_last))
            return false;
        to_last = r->attributes[i - 1].joined;
    }
    return true;
}

X509_NAME *distinguished_name_read(struct arena *a, const char *text)
{
    if (strnlen(text, DISTINGUISHED_NAME_MAX + 1) > DISTINGUISHED_NAME_MAX)
        return NULL;
    struct reading *r = ARENA_NEW(a, struct reading);
    r->arena = a;
    r->rest = text;
    X509_NAME *name = X509_NAME_new();
    bool done = name != NULL && take_all(r) && build(r, name);
    ERR_clear_error(); /* it would be taken for a later failure of TLS on this thread */
    if (!done) {
        X509_NAME_free(name);
        return NULL;
    }
    ARENA_OWN(a, X509_NAME, X509_NAME_free, name);
    return name;
}

/* The name of the type, or NULL if it has none here. */
static const char *type_name(const ASN1_OBJECT *type)
{
    int nid = OBJ_obj2nid(type);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].nid == nid)
            return types[i].name;
    return NULL;
}

/* UTF-8 stays as it is.  RFC 4514 2.4: the value of a type without a name is its DER. */
static bool write_attribute(BIO *out, const X509_NAME_ENTRY *entry)
{
    enum { ROOM = 128 };
    char dotted[ROOM];
    const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
    const char *name = type_name(type);
    unsigned long how = ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    int n = name != NULL ? 0 : OBJ_obj2txt(dotted, ROOM, type, 1);
    if (n < 0 || n >= ROOM)
        return false;
    return BIO_printf(out, "%s=", name != NULL ? name : dotted) > 0 &&
           ASN1_STRING_print_ex(out, X509_NAME_ENTRY_get_data(entry),
                                name != NULL ? how : how | ASN1_STRFLGS_DUMP_ALL) >= 0;
}

static bool write_all(BIO *out, const X509_NAME *name)
{
    int n = X509_NAME_entry_count(name), part = -1;
    for (int i = n - 1; i >= 0; i--) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        bool joined = X509_NAME_ENTRY_set(entry) == part;
        part = X509_NAME_ENTRY_set(entry);
        if ((i < n - 1 && BIO_puts(out, joined ? "+" : ",") != 1) || !write_attribute(out, entry))
            return false;
    }
    return true;
}

const char *distinguished_name_write(struct arena *a, const X509_NAME *name)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *at = NULL;
    bool done = out != NULL && write_all(out, name);
    long n = done ? BIO_get_mem_data(out, &at) : 0;
    struct bytes text = { (const uint8_t *)at, n <= 0 ? 0 : (size_t)n };
    done = done && text_is_utf8(text) && (text.n == 0 || memchr(at, '\0', text.n) == NULL);
    const char *copy = done ? text_copy(a, text.n == 0 ? "" : at, text.n) : NULL;
    (void)BIO_free(out);
    return copy;
}

bool distinguished_name_equal(const X509_NAME *a, const X509_NAME *b)
{
    return X509_NAME_cmp(a, b) == 0;
}
