/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted tokens against keys that are always the same.  An input that begins with '{' is a
 * header and, after a line break, a content, which are encrypted here under a content key of which
 * the encrypted form is known, so that what is behind the decryption is reached.
 */
#include "base/codec.h"
#include "crypto/jwe.h"
#include "crypto/key_jwk.h"
#include "jose_fuzzing.h"

#include <openssl/evp.h>
#include <string.h>

/* Keys of Wycheproof's, RFC 7518 C among them. */
static const char ec_text[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","
    "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\","
    "\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}";
static const char rsa_text[] =
    "{\"kty\":\"RSA\",\"n\":\"yVshpK_WdDeXJHEuoaQ9rYGW7uOcp87T-er4agcDkWe4SOJfRO0dEy1O-s9PVz4"
    "jPDLfndcOfpw3ooPB1dfSxaQCcltKAefAkRqSx4ExwPQUKMYll5XPzTmXbD8iLDJSR7Sz-1wTYS35oPSxFi-h4Pw"
    "HtMNQLZ234KCepKhJ-in5d_Nx3f1mi9AmhMdDrkrWTpQvGiMkEkjT0th6SRnzVOzkzeEPHK6BQUT5HP2iV_lbvPr"
    "VdcBhXeCY31uwlsa2iHuJpFqvutuQDnt26nzT9jmJzr7tHtAoCt_Xs-hreld9rtDs05ukWPWI5sG4yfOvdKBkqur"
    "yTb2_6ptAfWsyhw\",\"e\":\"AQAB\",\"d\":\"Cg2KuHYu9s5vtVoRQfC5Q5hcuMCUaaxh2PBqRqDjBLdw8_K"
    "ZXw-XjAWPE-aVx31KtQ61K2Q5TQjvniWF3-9Ojp-Jn7v_DelMK_JvsZY5rbCB8SczaUYJge2GKdldE2fPw9S5x6r"
    "pLMjm1aphzQHDyz_KArRdpGljbMuYIBBm4R5wlkZJ-AzfFKxyGAzrf13f4KacZD-uFWxdLd01yAxdw0wgG2oX6Rr"
    "36kT09Re-N_s5gnrDhi21MdYOuQNw1vOdHIkH37IvFkdT2g_5CNeW5GRdWcyuPbLCTbhFSrj4u8784VRSE_Zh6yc"
    "yXaYcyVXnBserCWGWD-r5I-z0lqHQQQ\",\"p\":\"-oHANaglt373EHf63OVKMPgbpznoSQXOou3xXlp-KWtMjs"
    "b1aPl13vai2ALjwSXacn1FTfxAS9lhRn_2pGW-Rx7QSlqmcOZ_2BBWmHAaeUL9iqzx69NFlIJowvI-sr24lJtUS5"
    "3G2rKn77frCcuAItkNFvXc9DjYuodvH5v7QBU\",\"q\":\"zcV3cOrSvpPFJzlQ0XtIDzustpiOi8iv0PRdH0ax"
    "3fff6ceH3jhG80A8ypCoVGLUT3PzprJcxM9aWVSVuWIhx6fHscYZvTqBu6O2dyNVOxfAjfwWO_H0-2XWnFilEd5x"
    "KiWLYpiwpnpm1EQVFbAAWisDM1Yt9TN7yMJ18kg2cys\",\"dp\":\"DhrEIcFH7l79tjWrMEjQtpUhqXa_N21WR"
    "yIyludtdxONifR12OVC17z3SkZPYI6rEAsxncR4Mk0ZBwkpb_QylHqNq8IS4QR5akbxOUAGnZFCCU7XiDmrD0OQd"
    "nmBQjsga22bf25wxduNTRgD6ddFbbDe5c4OFMommcoKXbNAoEk\",\"dq\":\"x_gTyBdccLpYSXMI2FsPP0aF5P"
    "lC5hNE0TL44HEqX4UJBD7VCh70zGZr7YtBGqjknMYZTbFeOCEuM0vhKUR1gXrKtTfIQb3-36QMqaEbrg66IQGPdf"
    "gAVOO1-UCoQkJDBWtxFoM-gLrI_ZWgS_A7l2Tfel9Q0E6VCBf62VZWG_s\",\"qi\":\"hbKupLosNfXXH4RQ8iH"
    "azT3PCM83EyuGrvOALcH8m_DvEgOXRcIB0fFHWZe4SPJmEN381XvnQS_ki4Oj00KQCXfZXBfgyPoXpwym-g3z3m9"
    "_m7ymVUqk69wsk4Fc5y9RB0p-KIrBrTGsIMIrYVrn83u9fj_FiY9KeWB8tucS9lM\"}";

/* A content key, and the same encrypted for the RSA key. */
static const char cek_text[] = "14420d75d4fbf89a0cd6d5bc3707f32a7f1f67dc7360f663637986d647a5c3cd";

static const char encrypted_text[] =
    "nNs54BoQtFB8gFJUx5LK36EHJFdQ5YpwdvQaa7IsGF2HXR1FGcnVx9SRNQ0ghRqTckiN0GdYjKgrm0yVjc16tOFz"
    "pjAt8s0U3ObCwhpWxdw0vPnWjz2HbYQc9NvjNM2SG_ze0GVG4Ufqnb480LuT7LziSAjqljqf72dwM2wW8Qq_aQAT"
    "Bi00D3VklDDkO2UPoq5fdx6noju8uAZkgLdZlrensyt2CBjWq7Fcju9w5VxiGc1CHNr0KEX6-HRXA82O5V4rEYIe"
    "3qkn79W9RZKUbnUmOkKDlbbL2Z142qiu4dzXq1qLDWRZpVfY7sLCBJxJ66Nlz1xfPzjQejnGpc1EAw";

/* The key without the check of its halves, which takes longer than all the rest. */
static void read_key(struct ctx *c, const char *text, const char *kid, unsigned algs,
                     struct encryption_key *out)
{
    struct jwk jwk;
    EVP_PKEY *pkey = NULL;
    must(jwk_scan(c->arena, bytes_of(text), &jwk) == NULL);
    must(jwk_import(c->arena, &jwk, &pkey) == NULL);
    ARENA_OWN(c->arena, EVP_PKEY, EVP_PKEY_free, pkey);
    *out = (struct encryption_key){ kid, algs, true, pkey };
}

/* "header\ncontent" as a token; NULL if the header does not say how. */
static const char *encrypted_here(struct ctx *c, struct bytes in)
{
    const uint8_t *end = memchr(in.at, '\n', in.n);
    size_t n = end == NULL ? in.n : (size_t)(end - in.at);
    struct bytes plain = { in.at + n, in.n - n }, cek, ciphertext;
    must(hex_decode(c->arena, bytes_of(cek_text), &cek) && cek.n == JWE_CEK_BYTES);
    bool is_cbc = memmem(in.at, n, "CBC", 3) != NULL;
    uint8_t iv[16] = { 1, 2, 3 }, tag[JWE_TAG_BYTES];
    const char *header = base64url_encode(c->arena, (struct bytes){ in.at, n });
    struct jwe_content content = { .enc = is_cbc ? JWE_A128CBC_HS256 : JWE_A256GCM,
                                   .key = cek.at,
                                   .iv = { iv, is_cbc ? 16 : 12 },
                                   .aad = bytes_of(header) };
    must(jwe_content_encrypt(c->arena, &content, plain, &ciphertext, tag));
    return text_printf(c->arena, "%s.%s.%s.%s.%s", header, encrypted_text,
                       base64url_encode(c->arena, content.iv),
                       base64url_encode(c->arena, ciphertext),
                       base64url_encode(c->arena, (struct bytes){ tag, sizeof tag }));
}

static void check(struct ctx *c, const char *token, const struct jwe_policy *policy)
{
    struct jwe jwe = { 0 };
    const char *jwt = NULL;
    bool opens = jwe_decrypt(c, token, policy, &jwe).code == ERR_OK;
    must(opens == (c->fault.code == ERR_OK));
    must(opens ? (jwe.alg & policy->algs) != 0 && (jwe.enc & policy->encs) != 0
               : jwe.plain.at == NULL);
    must(!opens || jwe.plain.n <= JWE_BYTES_MAX);
    fault_clear(c);
    if (jwe_decrypt_jwt(c, token, policy, &jwt).code == ERR_OK)
        must(opens && text_equal(jwe.cty, "jwt") && strlen(jwt) == jwe.plain.n);
    fault_clear(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > (1 << 15) || memchr(data, 0, size) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    struct encryption_key ec, rsa;
    read_key(&c, ec_text, "ec", JWE_ECDH_ES | JWE_ECDH_ES_A256KW, &ec);
    read_key(&c, rsa_text, "rsa", JWE_RSA_OAEP_256, &rsa);
    const struct encryption_key *const both[] = { &ec, &rsa };
    const struct encryption_keys keys = { both, 2, 0 };
    struct jwe_policy policy = { .algs = JWE_ALGS, .encs = JWE_ENCS, .keys = &keys };
    bool bare = size > 0 && data[0] == '{';
    const char *token = bare ? encrypted_here(&c, (struct bytes){ data, size })
                             : text_copy(c.arena, (const char *)data, size);
    check(&c, token, &policy);
    policy.encs = JWE_A256GCM;
    check(&c, token, &policy);
    arena_end(c.arena);
    return 0;
}
