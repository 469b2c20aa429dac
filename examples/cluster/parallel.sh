#!/bin/sh
# GNU parallel, on the machines of a file of hosts that share a directory: examples/cluster/parallel.sh study.mjs results 16 hosts
set -eu
study=$1
dir=$2
count=$3
hosts=$4
seq "$count" | parallel --sshloginfile "$hosts" --workdir "$PWD" --resume-failed --joblog study.log \
  npx --no-install marginalia simulate "$study" --dir "$dir" --shard "{}/$count"
