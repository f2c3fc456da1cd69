#!/usr/bin/env bash
# Runs a planned sweep as an array of a real Slurm on this machine: one node, daemons of their own in a temporary folder. One
# task is requeued while it runs. The merge must be what one machine writes, to the byte.
# Usage: tests/slurm.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/hardcase}")

if [ "$(uname)" != Linux ]; then
  echo "skipped: Slurm runs on Linux" >&2
  exit 0
fi
if ! command -v slurmctld >/dev/null && [ -z "${HARDCASE_NO_INSTALL:-}" ] && command -v apt-get >/dev/null; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null 2>&1 || true
fi
for tool in slurmctld slurmd munged sbatch; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed (apt-get install slurm-wlm munge), so shards did not run under Slurm" >&2
    exit 0
  fi
done
if [ "$(id -u)" != 0 ]; then
  echo "skipped: the daemons of Slurm need root here, so shards did not run under Slurm" >&2
  exit 0
fi

folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
chmod 755 "$folder"
mkdir "$folder"/{log,spool,state,munge}
chmod 700 "$folder/munge"
host=$(hostname -s)
dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 status=none
chmod 400 "$folder/munge/key"
munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge.sock" --pid-file="$folder/munge/pid" \
  --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" >"$folder/log/munged.txt" 2>&1 &
pids+=($!)

cat >"$folder/slurm.conf" <<CONF
ClusterName=hardcase
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.sock
CryptoType=crypto/munge
SlurmctldPort=26817
SlurmdPort=26818
SlurmctldPidFile=$folder/ctld.pid
SlurmdPidFile=$folder/d.pid
SlurmdSpoolDir=$folder/spool
StateSaveLocation=$folder/state
SlurmctldLogFile=$folder/log/ctld.log
SlurmdLogFile=$folder/log/d.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$folder/slurm.conf"
for _ in $(seq 50); do [ -S "$folder/munge.sock" ] && break; sleep 0.1; done
slurmctld -D >"$folder/log/ctld.txt" 2>&1 &
pids+=($!)
slurmd -D >"$folder/log/d.txt" 2>&1 &
pids+=($!)
ready=""
for _ in $(seq 60); do
  if sinfo -h -o %T 2>/dev/null | grep -q idle; then ready=yes; break; fi
  sleep 0.5
done
if [ -z "$ready" ]; then
  echo "skipped: Slurm does not start here, so shards did not run under it:" >&2
  tail -n 3 "$folder"/log/*.log "$folder"/log/*.txt >&2 || true
  exit 0
fi

subject=(sample_projects/traffic_lights --stack "fog:0..1,rotate:-10|10" --levels 3 --stride 2)
"$program" sweep "${subject[@]}" -o "$folder/one.parquet" --json >"$folder/one.json"
"$program" plan "${subject[@]}" -o "$folder/run" --part-frames 2 >/dev/null
"$program" submit "$folder/run" --for slurm -n 4 --memory 1 -o "$folder/array.sbatch"
job=$(sbatch --parsable --chdir="$folder" "$folder/array.sbatch")
# The first task is taken from its machine as soon as there is something.
for _ in $(seq 300); do
  [ -n "$(ls "$folder/run/parts" 2>/dev/null)" ] && break
  sleep 0.1
done
scontrol requeue "${job}_1" && requeued=yes || requeued="no, it had ended"
echo "requeued a task: $requeued"
# A task that was requeued may start again after two minutes.
for _ in $(seq 600); do
  [ -z "$(squeue -h -j "$job" 2>/dev/null)" ] && break
  sleep 0.5
done
cat "$folder"/hardcase-*.txt
"$program" merge "$folder/run" -o "$folder/all.parquet" --json "$folder/all.json" >/dev/null
cmp "$folder/one.parquet" "$folder/all.parquet"
cmp "$folder/one.json" "$folder/all.json"
echo "Slurm $(sinfo --version | cut -d' ' -f2): four tasks merged are what one machine writes"
