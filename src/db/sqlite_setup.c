/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_setup.h"

#include <string.h>

enum {
    READ_BUSY_MS = 5000,
    WRITE_BUSY_MS = 2000,
    TEXT_BYTES_MAX = 4 << 20,
    SQL_BYTES_MAX = 64 << 10,
};

/* Two texts as the database "C" of PostgreSQL compares them: byte by byte. */
static int compare_bytes(void *unused, int a_n, const void *a, int b_n, const void *b)
{
    (void)unused;
    int order = memcmp(a, b, (size_t)(a_n < b_n ? a_n : b_n));
    return order != 0 ? order : a_n - b_n;
}

struct switch_row {
    int option, value;
};

/* clang-format off */
static const struct switch_row switches[] = {
    { SQLITE_DBCONFIG_ENABLE_FKEY,           1 },
    { SQLITE_DBCONFIG_ENABLE_TRIGGER,        0 },
    { SQLITE_DBCONFIG_ENABLE_VIEW,           0 },
    { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    { SQLITE_DBCONFIG_DEFENSIVE,             1 },
    { SQLITE_DBCONFIG_TRUSTED_SCHEMA,        0 },
    { SQLITE_DBCONFIG_DQS_DML,               0 },
    { SQLITE_DBCONFIG_DQS_DDL,               0 },
    { SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,      1 }, /* who closes last leaves the log for the server's writer */
};

static const struct switch_row limits[] = {
    { SQLITE_LIMIT_LENGTH,              TEXT_BYTES_MAX },
    { SQLITE_LIMIT_SQL_LENGTH,          SQL_BYTES_MAX  },
    { SQLITE_LIMIT_COLUMN,              64             },
    { SQLITE_LIMIT_EXPR_DEPTH,          64             },
    { SQLITE_LIMIT_COMPOUND_SELECT,     8              },
    { SQLITE_LIMIT_ATTACHED,            0              },
    { SQLITE_LIMIT_FUNCTION_ARG,        16             },
    { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256            },
    { SQLITE_LIMIT_TRIGGER_DEPTH,       16             },
    { SQLITE_LIMIT_VARIABLE_NUMBER,     DB_PARAMS_MAX  },
    { SQLITE_LIMIT_WORKER_THREADS,      0              },
};
/* clang-format on */

static int set_switches(sqlite3 *handle)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof switches / sizeof *switches && code == SQLITE_OK; i++)
        code = sqlite3_db_config(handle, switches[i].option, switches[i].value, NULL);
    return code;
}

static void set_limits(sqlite3 *handle)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        (void)sqlite3_limit(handle, limits[i].option, limits[i].value);
}

#define DIGITS_OF(number) #number
#define DIGITS(number)    DIGITS_OF(number)
#define WRITER_PAGES      DIGITS(SQLITE_WRITER_PAGES_KIB)
#define READER_PAGES      DIGITS(SQLITE_READER_PAGES_KIB)

static const char set_reader[] = "PRAGMA cell_size_check = ON;"
                                 "PRAGMA query_only = ON;"
                                 "PRAGMA temp_store = MEMORY;";
static const char set_writer[] = "PRAGMA cell_size_check = ON;"
                                 "PRAGMA cache_size = -" WRITER_PAGES ";"
                                 "PRAGMA temp_store = MEMORY;"
                                 "PRAGMA secure_delete = ON;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA wal_autocheckpoint = 0;";

int sqlite_open_file(const char *path, enum sqlite_access access,
                     const struct sqlite_log_vfs *writes, sqlite3 **out)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    if (access == SQLITE_READS)
        return sqlite3_open_v2(path, out, flags | SQLITE_OPEN_READONLY, NULL);
    if (writes == NULL)
        return SQLITE_NOMEM;
    return sqlite3_open_v2(path, out, flags | SQLITE_OPEN_READWRITE, sqlite_log_vfs_name(writes));
}

int sqlite_set_up(sqlite3 *handle, enum sqlite_access access)
{
    int code = set_switches(handle);
    if (code == SQLITE_OK)
        code = sqlite3_create_collation_v2(handle, "C", SQLITE_UTF8, NULL, compare_bytes, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(handle, access == SQLITE_READS ? READ_BUSY_MS : WRITE_BUSY_MS);
    if (code == SQLITE_OK)
        code = sqlite3_exec(handle, access == SQLITE_READS ? set_reader : set_writer, NULL, NULL,
                            NULL);
    set_limits(handle);
    (void)sqlite3_extended_result_codes(handle, 1);
    return code;
}

void sqlite_set_up_pages(sqlite3 *handle)
{
    (void)sqlite3_exec(handle, "PRAGMA cache_size = -" READER_PAGES, NULL, NULL, NULL);
}
