#!/usr/bin/env bash
# slurm-local.sh install|start|stop|status|purge -- a throw-away Slurm on ONE Debian machine, as root,
# without systemd, cgroups or containers. `start` installs what is missing; every verb may be repeated.
#   SLURM_NODES=2      virtual nodes (one slurmd each: node1..nodeN, ports 17001..)
#   SLURM_CPUS=<all>   CPUs each virtual node advertises (may exceed the real ones)
#   SLURM_MEM=<MB>     memory each virtual node advertises (default 80 % of MemTotal / SLURM_NODES)
#   SLURM_ACCT=dbd     dbd: slurmdbd + private mariadbd, sacct works;  none: only squeue
#   SLURM_MIN_JOB_AGE=300   seconds for which ended jobs are remembered
#   SLURM_USERS=root   DB users allowed to submit, all in account "test" (dbd only)
#   SLURM_BASE=/var/lib/slurm-local   state, logs, pid files, database
set -euo pipefail
NODES=${SLURM_NODES:-2} ACCT=${SLURM_ACCT:-dbd} BASE=${SLURM_BASE:-/var/lib/slurm-local}
CPUS=${SLURM_CPUS:-$(getconf _NPROCESSORS_ONLN)} HOST=$(hostname -s)
MEM=${SLURM_MEM:-$(awk -v n="$NODES" '/^MemTotal/{print int($2*0.8/1024/n)}' /proc/meminfo)}
CONF=/etc/slurm/slurm.conf   # must be the default path: the jobstep plugin drops SLURM_CONF
MARK="# written by slurm-local.sh" SOCK=$BASE/db/sock
export LC_ALL=C.UTF-8; unset SLURM_CONF

say() { printf 'slurm-local: %s\n' "$*" >&2; }
die() { say "$*"; tail -n 15 "$BASE"/log/*.log >&2 2>/dev/null || true; exit 1; }
gone() { ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }   # a zombie counts as gone
alive() { # pidfile comm: prints the pid if that very daemon is running
  local p; p=$(cat "$1" 2>/dev/null) && [ -n "$p" ] && ! gone "$p" &&
    [ "$(cat "/proc/$p/comm" 2>/dev/null)" = "$2" ] && echo "$p"; }
until_ok() { # seconds what command...
  local n=$(($1 * 5)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do n=$((n - 1)); [ $n -gt 0 ] || return 1; sleep 0.2; done; }
wait_for() { until_ok "$@" || die "timed out waiting for $2"; }
end() { # pidfile comm: TERM by pid, wait, KILL after 30 s
  local p; p=$(alive "$1" "$2") || return 0
  kill "$p"; until_ok 30 "$2" gone "$p" || kill -9 "$p"; }
n_idle() { [ "$(sinfo -h -N -t idle,mix,alloc -o %N | sort -u | wc -l)" -ge "$NODES" ]; }
no_jobs() { [ -z "$(squeue -h)" ]; }

install_() {
  local want=(munge slurmctld slurmd slurm-client) miss=() p made='' rc=0
  [ "$ACCT" != dbd ] || want+=(slurmdbd mariadb-server-core mariadb-client-core)
  for p in "${want[@]}"; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || miss+=("$p"); done
  [ ${#miss[@]} -gt 0 ] || return 0
  install -d "$BASE"
  if [ ! -e /usr/sbin/policy-rc.d ]; then      # keep dpkg from starting the services itself
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; made=1; fi
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${miss[@]}"; } >"$BASE/apt.log" 2>&1 || rc=$?
  [ -z "$made" ] || rm -f /usr/sbin/policy-rc.d
  [ $rc = 0 ] || { tail -n 20 "$BASE/apt.log" >&2; return $rc; }
}

conf() { # prints slurm.conf
  cat <<E
$MARK
ClusterName=local
SlurmctldHost=$HOST(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=10
MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/pgid
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=bf_interval=5,sched_min_interval=100000
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
MinJobAge=${SLURM_MIN_JOB_AGE:-300}
ReturnToService=2
SlurmdTimeout=10
KillWait=5
StateSaveLocation=$BASE/ctld
SlurmctldLogFile=$BASE/log/slurmctld.log
SlurmctldPidFile=$BASE/run/slurmctld.pid
SlurmdSpoolDir=$BASE/spool-%n
SlurmdLogFile=$BASE/log/slurmd-%n.log
SlurmdPidFile=$BASE/run/slurmd-%n.pid
E
  if [ "$ACCT" = dbd ]; then cat <<E
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStorageEnforce=associations
AccountingStoreFlags=job_comment
E
  else echo AccountingStorageType=accounting_storage/none; fi
  local i
  for ((i = 1; i <= NODES; i++)); do
    echo "NodeName=node$i NodeHostname=$HOST NodeAddr=127.0.0.1 Port=$((17000 + i)) Boards=1 SocketsPerBoard=1 CoresPerSocket=$CPUS ThreadsPerCore=1 RealMemory=$MEM"; done
  echo "PartitionName=main Nodes=ALL Default=YES DefMemPerCPU=500 DefaultTime=10 MaxTime=1-0 State=UP"
}

start_dbd() {
  if [ ! -d "$BASE/db/mysql" ]; then
    install -d -o slurm -g slurm -m 700 "$BASE/db"
    mariadb-install-db --no-defaults --force --user=slurm --datadir="$BASE/db" --skip-test-db \
      --auth-root-authentication-method=socket --auth-root-socket-user=root >"$BASE/log/db-init.log" 2>&1 ||
      die "mariadb-install-db failed"
  fi
  alive "$BASE/db/pid" mariadbd >/dev/null || {
    setsid /usr/sbin/mariadbd --no-defaults --user=slurm --datadir="$BASE/db" --socket="$SOCK" --skip-networking \
      --pid-file="$BASE/db/pid" --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 \
      --innodb-flush-log-at-trx-commit=0 </dev/null >>"$BASE/log/mariadbd.log" 2>&1 &
    wait_for 60 mariadbd mariadb --no-defaults -S "$SOCK" -e 'select 1'; }
  cat >/etc/slurm/slurmdbd.conf <<E
$MARK
AuthType=auth/munge
DbdHost=$HOST
DbdAddr=127.0.0.1
SlurmUser=root
LogFile=$BASE/log/slurmdbd.log
PidFile=$BASE/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
E
  chmod 600 /etc/slurm/slurmdbd.conf
  alive "$BASE/run/slurmdbd.pid" slurmdbd >/dev/null || MYSQL_UNIX_PORT=$SOCK /usr/sbin/slurmdbd || die "slurmdbd does not start"
  wait_for 60 slurmdbd sacctmgr -n list cluster
  local u
  [ -n "$(sacctmgr -nP list cluster local format=cluster)" ] || sacctmgr -iQ add cluster local >/dev/null
  [ -n "$(sacctmgr -nP list account test format=account)" ] || sacctmgr -iQ add account test Cluster=local >/dev/null
  for u in ${SLURM_USERS:-root}; do
    [ -n "$(sacctmgr -nPs list user "$u" account=test format=account)" ] ||
      sacctmgr -iQ add user "$u" Account=test DefaultAccount=test >/dev/null; done
}

start() {
  [ "$(id -u)" = 0 ] || die "needs root"
  [ ! -e $CONF ] || grep -qF "$MARK" $CONF || die "$CONF is not mine; refusing to touch it"
  install_
  install -d "$BASE" "$BASE"/{ctld,log,run} /etc/slurm
  if [ -e $CONF ] && ! conf | cmp -s - $CONF; then stop; fi      # settings changed: restart
  conf >$CONF
  # slurmd probes /sys/fs/cgroup although nothing here uses cgroups, and does not start where that is not mounted.
  # Naming the v1 plugin avoids the probe in 22.05 (Debian 12); 24.11 (Debian 13) has the word "disabled".
  local cg=cgroup/v1; [[ $(slurmd -V) < "slurm-wlm 23.11" ]] || cg=disabled
  printf '%s\nCgroupPlugin=%s\n' "$MARK" $cg >/etc/slurm/cgroup.conf
  if ! munge -n >/dev/null 2>&1; then
    [ -s /etc/munge/munge.key ] || runuser -u munge -- /usr/sbin/mungekey
    install -d -m 755 -o munge -g munge /run/munge
    runuser -u munge -- /usr/sbin/munged || die "munged does not start"; touch "$BASE/run/munged.mine"
    wait_for 10 munged munge -n; fi
  [ "$ACCT" != dbd ] || start_dbd
  alive "$BASE/run/slurmctld.pid" slurmctld >/dev/null || /usr/sbin/slurmctld || die "slurmctld does not start"
  wait_for 30 slurmctld scontrol ping
  local i
  for ((i = 1; i <= NODES; i++)); do
    install -d "$BASE/spool-node$i"
    alive "$BASE/run/slurmd-node$i.pid" slurmd >/dev/null || /usr/sbin/slurmd -N "node$i" || die "slurmd node$i does not start"; done
  wait_for 60 "idle nodes" n_idle
  status
}

stop() {
  if alive "$BASE/run/slurmctld.pid" slurmctld >/dev/null; then
    no_jobs || { squeue -h -o %A | xargs -r scancel || true; until_ok 30 jobs no_jobs || say "jobs left behind"; }; fi
  local f
  for f in "$BASE"/run/slurmd-*.pid; do end "$f" slurmd; done
  end "$BASE/run/slurmctld.pid" slurmctld
  end "$BASE/run/slurmdbd.pid" slurmdbd
  end "$BASE/db/pid" mariadbd
  if [ -e "$BASE/run/munged.mine" ]; then end /run/munge/munged.pid munged; rm -f "$BASE/run/munged.mine"; fi
}

status() { sinfo -N -o '%N %T %c CPUs %m MB'; }
purge() { stop; if grep -qF "$MARK" $CONF 2>/dev/null; then rm -f $CONF /etc/slurm/{slurmdbd,cgroup}.conf; fi; rm -rf "${BASE:?}"; }

case ${1-} in
  install) install_ ;;
  start | stop | status | purge) "$1" ;;
  *) sed -n '2,11p' "$0" >&2; exit 2 ;;
esac
