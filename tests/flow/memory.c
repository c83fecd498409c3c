/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include "base/result.h"

#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t asked, failing; /* failing: 0 is none */
static atomic_bool later;
static sqlite3_mem_methods sqlite_own;

static bool fails(void)
{
    size_t from = atomic_load(&failing);
    if (from == 0)
        return false;
    size_t now = atomic_fetch_add(&asked, 1) + 1;
    return now == from || (now > from && atomic_load(&later));
}

void memory_fails(size_t n, bool and_all_later)
{
    atomic_store(&asked, 0);
    atomic_store(&later, and_all_later);
    atomic_store(&failing, n);
}

size_t memory_works(void)
{
    atomic_store(&failing, 0);
    return atomic_load(&asked);
}

/* ---- of the rooms ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t n);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t n);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *at, size_t n)
{
    return fails() ? NULL : __real_realloc(at, n);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* ---- of OpenSSL ---- */

static void *openssl_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return n == 0 || fails() ? NULL : __real_malloc(n);
}

static void *openssl_realloc(void *at, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    if (n == 0) {
        free(at);
        return NULL;
    }
    return fails() ? NULL : __real_realloc(at, n);
}

static void openssl_free(void *at, const char *file, int line)
{
    (void)file;
    (void)line;
    free(at);
}

/* ---- of SQLite ---- */

static void *sqlite_malloc(int n)
{
    return fails() ? NULL : sqlite_own.xMalloc(n);
}

static void *sqlite_realloc(void *at, int n)
{
    return fails() ? NULL : sqlite_own.xRealloc(at, n);
}

/* Without its own small stores (lookaside), every piece that SQLite takes can fail. */
void memory_begin(void)
{
    must(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1);
    must(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own) == SQLITE_OK);
    sqlite3_mem_methods methods = sqlite_own;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    must(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
    must(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK);
}
