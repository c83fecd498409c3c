#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the system manager of a Debian in a folder, in namespaces of its own: its own processes, mounts, network (only
# loopback) and control group.  What it starts is under the same restrictions as on a machine of its own.  As root.
#     packaging/boot.sh start FOLDER            returns when it has started
#     packaging/boot.sh run FOLDER COMMAND...   runs a command in there
#     packaging/boot.sh stop FOLDER
set -euo pipefail
verb=$1 folder=$(realpath "$2")
shift 2
pid_file=$folder.pid

give_up() {
    echo "$*" >&2
    exit 1
}

# Of the namespaces: the process that is number 1 in there.
inner() { pgrep -P "$(cat "$pid_file")" -o; }

# Runs as root of new namespaces, with a control group as the root of its own.
# shellcheck disable=SC2016 # expanded by the inner shell
layout='
    set -e
    cd "$1"
    mount --bind . .
    cd "$1"
    mount -t proc proc proc
    mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=755 tmpfs dev
    for device in null zero full random urandom tty; do
        touch "dev/$device" && mount --bind "/dev/$device" "dev/$device"
    done
    mkdir dev/shm dev/pts
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    pivot_root . . && umount -l .
    # As a machine of its own has it; credentials are handed over by this.
    mount --make-rshared /
    exec env -i container=chroot PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        setpriv --bounding-set -sys_module,-sys_time,-syslog,-sys_rawio,-sys_boot chroot . /lib/systemd/systemd'

start() {
    local groups group
    groups=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/mounts | head -n1)
    [ -n "$groups" ] || give_up "there is no cgroup2 here"
    group=$groups/uauth-$$
    mkdir "$group" || give_up "no control group can be made here"
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        exec unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child --propagation private \
            bash -c "$layout" boot "$folder" >"$folder.log" 2>&1 </dev/null
    ) &
    echo $! >"$pid_file"
    echo "$group" >"$folder.group"
    for _ in $(seq 150); do
        case $("$0" run "$folder" systemctl is-system-running 2>/dev/null || true) in
        running | degraded) return ;;
        esac
        kill -0 "$(cat "$pid_file")" 2>/dev/null || break
        sleep 0.2
    done
    cat "$folder.log" >&2
    "$0" stop "$folder"
    give_up "it did not start"
}

stop() {
    local group
    [ -e "$pid_file" ] || return 0
    # The end of number 1 is the end of all in there.
    kill -KILL "$(inner)" 2>/dev/null || true
    while kill -0 "$(cat "$pid_file")" 2>/dev/null; do sleep 0.1; done
    group=$(cat "$folder.group")
    for _ in $(seq 50); do
        find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null && break
        [ -d "$group" ] || break
        sleep 0.1
    done
    rm -f "$pid_file" "$folder.group" "$folder.log"
}

case $verb in
start) start ;;
stop) stop ;;
run) exec nsenter -t "$(inner)" -m -u -i -n -p -C -r -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    HOME=/root DEBIAN_FRONTEND=noninteractive "$@" ;;
*) give_up "start, run or stop" ;;
esac
