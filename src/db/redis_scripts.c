/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_scripts.h"

const char redis_lua_take[] =
    "local time = redis.call('TIME')\n"
    "local now = time[1] * 1000000 + time[2]\n"
    "local step, full = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
    "local arrival = tonumber(redis.call('GET', KEYS[1]) or 0) or 0\n"
    "local from = math.max(now, math.min(arrival, now + full))\n"
    "local to = from + step\n"
    "if step <= 0 then to = math.max(to, now) elseif to > now + full then to = from end\n"
    "if to > now then\n"
    "  if to ~= arrival then\n"
    "    local life = math.ceil((to - now) / 1000)\n"
    "    redis.call('SET', KEYS[1], string.format('%.0f', to), 'PX', string.format('%.0f', life))\n"
    "  end\n"
    "elseif arrival > now then\n"
    "  redis.call('DEL', KEYS[1])\n"
    "end\n"
    "return { from, now, to }";

const char redis_lua_add[] =
    "local server, stats = redis.call('INFO', 'server'), redis.call('INFO', 'stats')\n"
    "local mark = string.match(server, 'run_id:(%w+)') .. ':' ..\n"
    "  string.match(stats, 'evicted_keys:(%d+)') .. ':'\n"
    "local born = redis.call('GET', KEYS[2]) or ''\n"
    "if string.sub(born, 1, #mark) ~= mark then\n"
    "  born = mark .. string.format('%.0f', redis.call('TIME')[1] + 1)\n"
    "  redis.call('SET', KEYS[2], born)\n"
    "end\n"
    "local added = redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX')\n"
    "return { added and 1 or 0, tonumber(string.sub(born, #mark + 1)) }";
