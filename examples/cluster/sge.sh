#!/bin/sh
# Grid Engine: qsub -t 1-100 examples/cluster/sge.sh study.mjs results [options of simulate]
#$ -N study
#$ -cwd
#$ -j y
set -eu
study=$1
dir=$2
shift 2
step=$SGE_TASK_STEPSIZE
index=$(( (SGE_TASK_ID - SGE_TASK_FIRST) / step + 1 ))
count=$(( (SGE_TASK_LAST - SGE_TASK_FIRST) / step + 1 ))
exec npx --no-install marginalia simulate "$study" --dir "$dir" --shard "$index/$count" --workers "${NSLOTS:-1}" "$@"
