/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What uauth doctor looks at on this machine and around the service.
 */
#include "app/data_folder.h"
#include "app/doctor.h"
#include "app/doctor_probe.h"
#include "base/shape.h"
#include "base/text.h"
#include "base/time.h"
#include "client/metadata.h"
#include "db/kv.h"
#include "net/tls.h"
#include "token/claims.h"
#include "token/keyring.h"

#include <openssl/ssl.h>

enum { DAYS = 86400, CERTIFICATE_WARN_DAYS = 21 };

/* ---- what is on this machine ---- */

static RESULT look_at_folder(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    const char *folder = c->config->data_dir;
    struct bytes master;
    TRY(data_folder_check(c, folder, false));
    TRY(data_master_read(c, folder, &master));
    if (master.n == 0)
        return fail(c, UNAVAILABLE, "%s is missing", data_path(c, folder, DATA_MASTER_KEY));
    d->folder = true;
    out->found = text_printf(c->arena, "%s is the service's alone", folder);
    return ok();
}

/* Says itself what to do. */
static RESULT look_at_database(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    if (!d->folder)
        return doctor_skip(c, out, "the data folder comes first");
    TRY(node_open(c, &(struct node_plan){ .config = c->config, .use = DB_COMMAND }, &d->node));
    TRY(db_check(c));
    out->found = "it can be used, and is of this version";
    return ok();
}

static RESULT look_at_keys(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    if (d->node == NULL)
        return doctor_skip(c, out, "the database comes first");
    TRY(node_open_keys(c, d->node));
    out->found = "tokens can be signed";
    return ok();
}

/* What it signs is of no type that anybody takes, and has ended. */
static RESULT look_at_key_vault(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct keyring_vault before, after;
    const char *token = NULL;
    const char *where = c->config->jwt_key_vault_key;
    if (where[0] == '\0')
        return doctor_skip(c, out, "no key that signs tokens is in one");
    if (d->node == NULL || d->node->keys == NULL || !keyring_vault(c, d->node->keys, &before))
        return doctor_skip(c, out, "the keys come first");
    TRY(keyring_sign(c, d->node->keys, "doctor+jwt", "{\"exp\":0}", &token));
    (void)keyring_vault(c, d->node->keys, &after);
    if (after.signatures == before.signatures) {
        out->verdict = DOCTOR_DOUBTFUL;
        out->found = text_printf(c->arena,
                                 "%s has not been published for long enough: a key of the "
                                 "database signs until then",
                                 where);
        return ok();
    }
    out->found = text_printf(c->arena, "%s signs", where);
    return ok();
}

static RESULT look_at_redis(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    if (c->config->redis_url[0] == '\0')
        return doctor_skip(c, out, "there is none: this node counts for itself");
    if (d->node == NULL)
        return doctor_skip(c, out, "the database comes first");
    TRY(kv_check(c));
    out->found = "it answers";
    return ok();
}

/* ---- certificates ---- */

static RESULT judge_end(struct ctx *c, int64_t end, struct doctor_finding *out)
{
    int64_t left = end - time_now();
    if (left <= 0)
        return fail(c, UNAVAILABLE, "the certificate ended %s", time_rfc3339(c->arena, end));
    if (left < CERTIFICATE_WARN_DAYS * DAYS)
        out->verdict = DOCTOR_DOUBTFUL;
    out->found = text_printf(c->arena, "good until %s", time_rfc3339(c->arena, end));
    return ok();
}

/* When the certificate of the files ends. */
static RESULT read_files(struct ctx *c, int64_t *end)
{
    SSL_CTX *tls = NULL;
    TRY(tls_server_new(c, c->config->tls_cert, c->config->tls_key, &tls));
    bool read = tls_certificate_end(tls, time_now(), end);
    SSL_CTX_free(tls);
    return read ? ok()
                : fail(c, UNAVAILABLE, "the end of the certificate %s cannot be read",
                       c->config->tls_cert);
}

static RESULT look_at_tls(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    int64_t end = 0, shown = 0;
    bool files = c->config->tls_cert[0] != '\0';
    bool https = text_starts(c->config->public_url, "https://");
    (void)d;
    if (!files && !https)
        return doctor_skip(c, out, "there is none");
    if (files) {
        TRY(read_files(c, &end));
        TRY(judge_end(c, end, out));
    }
    if (!https)
        return ok();
    TRY(doctor_certificate_end(c, c->config->public_url, &shown));
    return files && end < shown ? ok() : judge_end(c, shown, out);
}

/* ---- the service, as others reach it ---- */

static RESULT ask_ourselves(struct ctx *c, struct http_answer *answer)
{
    return doctor_ask(c, metadata_url(c->arena, c->config->public_url), NULL, answer);
}

struct named {
    const char *issuer;
};
LOCAL_SHAPE_OPEN(named, FIELD(named, issuer, REQUIRED, 1, 2048, "Issuer"));

static RESULT look_at_issuer(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct http_answer answer;
    struct named named;
    const char *url = c->config->public_url, *due = token_issuer(c);
    (void)d;
    TRY(ask_ourselves(c, &answer));
    if (answer.status != 200)
        return fail(c, UNAVAILABLE, "%s answers with status %d", url, answer.status);
    if (shape_read_json(c, &named_shape, answer.body, &named).code != ERR_OK) {
        fault_clear(c);
        return fail(c, UNAVAILABLE, "what answers at %s is not uauth", url);
    }
    if (!text_equal(named.issuer, due))
        return fail(c, UNAVAILABLE, "what answers at %s calls itself %.256s, due is %s", url,
                    named.issuer, due);
    out->found = text_printf(c->arena, "it answers at %s as %s", url, due);
    return ok();
}

static RESULT look_at_clock(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct http_answer answer;
    (void)d;
    if (ask_ourselves(c, &answer).code == ERR_OK)
        return doctor_compare_clock(c, &answer, &out->found);
    fault_clear(c);
    return doctor_skip(c, out, "nobody answers at the public URL");
}

/* ---- mail ---- */

static RESULT look_at_mail(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    (void)d;
    if (c->config->smtp_url[0] == '\0') {
        out->verdict = DOCTOR_DOUBTFUL;
        out->found = "there is no mail server: mails stay in the folder outbox";
        return ok();
    }
    TRY(doctor_greet_mail(c, c->config->smtp_url));
    out->found = "the mail server lets us in";
    return ok();
}

/* ---- the rows ---- */

static const struct doctor_check rows[] = {
    { "folder", "The data folder and the master key in it are there, and the service's alone",
      "uauth init makes both; run uauth doctor as the user that the service runs as, who owns the "
      "folder (0700) and the files (0600); a lost master key comes from a backup",
      look_at_folder, false },
    { "database", "The database can be opened with this master key, and is of this version",
      "what was found says it; uauth migrate brings an older database forward, after uauth backup",
      look_at_database, false },
    { "keys", "There is a key that signs tokens, and it can be opened",
      "put back the master key that the database was sealed with, or the file of "
      "AUTH_JWT_PRIVATE_KEY_PATH",
      look_at_keys, false },
    { "key_vault", "The key vault signs with the key that is in it",
      "check AUTH_JWT_KEY_VAULT_KEY, and that the identity is Key Vault Crypto User there and gets "
      "through the vault's firewall; who we are there shows uauth token azure --scope "
      "https://vault.azure.net/.default",
      look_at_key_vault, false },
    { "redis", "The Redis that nodes share can be used",
      "check AUTH_REDIS_URL, the password in it, and that this machine may reach it", look_at_redis,
      false },
    { "tls", "The certificate is valid, belongs to its key, and has more than 21 days left",
      "renew the certificate, then let the service read it: systemctl reload uauth, or SIGHUP",
      look_at_tls, false },
    { "issuer", "The service answers at its public URL, and calls itself by its issuer",
      "start the service; check AUTH_PUBLIC_URL, the name in DNS, and where the proxy passes it to",
      look_at_issuer, false },
    { "clock", "The clock of this machine is that of whoever answers at the public URL",
      "let this machine keep time: timedatectl set-ntp true, then timedatectl timesync-status",
      look_at_clock, false },
    { "mail", "The mail server can be reached by TLS, and takes our name and password",
      "check AUTH_SMTP_URL: smtp://user:password@host:587, or smtps://user:password@host:465",
      look_at_mail, false },
};

const struct doctor_check *doctor_service_checks(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
