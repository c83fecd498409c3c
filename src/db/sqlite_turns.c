/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_turns.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TURN_NS = 200000 };

void sqlite_take_short_turns(void)
{
    struct sched_attr how = { .size = sizeof how,
                              .sched_flags = SCHED_FLAG_KEEP_POLICY,
                              .sched_nice = getpriority(PRIO_PROCESS, 0), /* as it is */
                              .sched_runtime = TURN_NS };
    (void)syscall(SYS_sched_setattr, 0, &how, 0U);
}
