#!/bin/sh
# HyperQueue: examples/cluster/hyperqueue.sh study.mjs results 100
# Workers by hand (hq worker start) or by Slurm and PBS (hq alloc add slurm --time-limit 4h).
set -eu
study=$1
dir=$2
count=$3
# $HQ_TASK_ID is of the task, not of this shell
exec hq submit --name study --cpus 1 --array "1-$count" -- \
  sh -c "exec npx --no-install marginalia simulate '$study' --dir '$dir' --shard \"\$HQ_TASK_ID/$count\""
