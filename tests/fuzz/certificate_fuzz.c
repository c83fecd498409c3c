/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in DER, and as a proxy writes them: what is read has its own subject and no name
 * that it was not asked for. */
#include "base/codec.h"
#include "crypto/certificate.h"
#include "jose_fuzzing.h"

#include <string.h>

static void check(struct ctx *c, struct bytes der)
{
    static const char *const names[] = { "CN=mtls", "a.example", "urn:a", "192.0.2.7", "a@b" };
    struct certificate read, again;
    struct certificates fields;
    if (certificate_read(c, c->arena, der, &read).code == ERR_OK) {
        const char *field = text_printf(c->arena, ":%s:", base64_encode(c->arena, read.der, true));
        must(certificates_read_fields(c, c->arena, field, field, &fields).code == ERR_OK);
        must(fields.n == 2);
        must(certificate_read(c, c->arena, fields.at[1], &again).code == ERR_OK);
        must(text_equal(read.thumbprint, again.thumbprint));
        (void)certificate_is_valid_at(&read, c->now);
        for (unsigned kind = 0; kind < sizeof names / sizeof names[0]; kind++)
            (void)certificate_has_name(c->arena, &read, (enum certificate_name)kind, names[kind]);
        (void)certificate_has_name(c->arena, &read, CERTIFICATE_SUBJECT_DN, read.subject);
    }
    fault_clear(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > CERTIFICATE_BYTES_MAX + 16)
        return -1;
    struct ctx c = fuzz_context();
    struct certificates read;
    check(&c, (struct bytes){ data, size });
    if (memchr(data, 0, size) == NULL) {
        const char *field = text_copy(c.arena, (const char *)data, size);
        (void)certificates_read_fields(&c, c.arena, field, NULL, &read).code;
        (void)certificates_read_fields(&c, c.arena, "::", field, &read).code;
        (void)certificates_read_fields(&c, c.arena, ":AA==:", field, &read).code;
    }
    arena_end(c.arena);
    return 0;
}
