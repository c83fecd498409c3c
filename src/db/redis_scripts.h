/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_SCRIPTS_H
#define UAUTH_DB_REDIS_SCRIPTS_H

/*
 * What a Redis server does as one step where no command of its own does it: Lua for db/kv_redis.c.
 */

/*
 * kv_gcra over the server's clock; tells from where and when it counted, and where that led.
 * KEYS: the counter.  ARGV: how far to move, and the full allowance, both in microseconds.
 */
extern const char redis_lua_take[];

/*
 * Adds a value, and tells since when everything of its kind is remembered: the second after this
 * was asked for the first time since the server was started, emptied, or threw something away.
 * KEYS: the value's, and that of the memory of this.  ARGV: the value, its life in seconds.
 */
extern const char redis_lua_add[];

#endif
