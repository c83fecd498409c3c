/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program whose password is in an Azure Key Vault, and that signs there.  Where it runs says who
 * it is, so that there is no secret in its configuration.
 *     keyvault URL SECRET [KEY]          CA_FILE=PEM: whose certificates are trusted
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uauth/uauth.h>

static int failed(struct uauth_error *error)
{
    (void)fprintf(stderr, "%s: %s\n", uauth_result_name(uauth_error_result(error)),
                  uauth_error_text(error));
    uauth_error_free(error);
    return 1;
}

static int read_secret(const struct uauth_key_vault *vault, const char *name)
{
    struct uauth_vault_secret *secret = NULL;
    struct uauth_error *error = NULL;
    if (uauth_key_vault_secret(vault, name, NULL, &secret, &error) != UAUTH_OK)
        return failed(error);
    /* Here the program connects with uauth_vault_secret_value(secret). */
    (void)printf("The secret has %zu bytes, version %s.\n",
                 strlen(uauth_vault_secret_value(secret)), uauth_vault_secret_version(secret));
    uauth_vault_secret_free(secret);
    return 0;
}

static int sign(const struct uauth_key_vault *vault, const char *name)
{
    /* SHA-256 of "hello". */
    static const unsigned char digest[32] = { 0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e,
                                              0x26, 0xe8, 0x3b, 0x2a, 0xc5, 0xb9, 0xe2, 0x9e,
                                              0x1b, 0x16, 0x1e, 0x5c, 0x1f, 0xa7, 0x42, 0x5e,
                                              0x73, 0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24 };
    struct uauth_vault_key *key = NULL;
    struct uauth_vault_signature *signature = NULL;
    struct uauth_error *error = NULL;
    size_t n = 0;
    if (uauth_key_vault_key(vault, name, NULL, &key, &error) != UAUTH_OK)
        return failed(error);
    const struct uauth_vault_signing signing = { .size = sizeof signing,
                                                 .name = name,
                                                 .version = uauth_vault_key_version(key),
                                                 .alg = "RS256",
                                                 .digest = digest,
                                                 .digest_n = sizeof digest };
    enum uauth_result signed_so = uauth_key_vault_sign(vault, &signing, &signature, &error);
    if (signed_so == UAUTH_OK)
        (void)uauth_vault_signature_bytes(signature, &n);
    if (signed_so == UAUTH_OK)
        (void)printf("%s\nA signature of %zu bytes.\n", uauth_vault_key_jwk(key), n);
    uauth_vault_signature_free(signature);
    uauth_vault_key_free(key);
    return signed_so == UAUTH_OK ? 0 : failed(error);
}

int main(int argc, char **argv)
{
    struct uauth *uauth = NULL;
    struct uauth_azure *azure = NULL;
    struct uauth_key_vault *vault = NULL;
    struct uauth_error *error = NULL;
    int status = 2;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: keyvault URL SECRET [KEY]\n");
        return status;
    }
    const struct uauth_options trust = { .size = sizeof trust, .ca_file = getenv("CA_FILE") };
    struct uauth_key_vault_options options = { .size = sizeof options, .url = argv[1] };
    if (uauth_new(&trust, &uauth, &error) == UAUTH_OK &&
        uauth_azure_new(uauth, NULL, &azure, &error) == UAUTH_OK) {
        options.azure = azure;
        if (uauth_key_vault_new(uauth, &options, &vault, &error) == UAUTH_OK)
            status = read_secret(vault, argv[2]);
    }
    if (vault == NULL)
        status = failed(error);
    if (status == 0 && argc > 3)
        status = sign(vault, argv[3]);
    uauth_key_vault_free(vault);
    uauth_azure_free(azure);
    uauth_free(uauth);
    return status;
}
