#!/bin/sh
# Slurm: sbatch --array=1-100 examples/cluster/slurm.sh study.mjs results [options of simulate]
# The same again takes up what was lost. Sites differ in partitions, times and modules: add them here.
#SBATCH --job-name=study
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --output=study-%A-%a.log
set -eu
study=$1
dir=$2
shift 2
# the array may begin anywhere and have steps: its tasks are counted from 1
index=$(( (SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN) / ${SLURM_ARRAY_TASK_STEP:-1} + 1 ))
exec npx --no-install marginalia simulate "$study" --dir "$dir" --shard "$index/$SLURM_ARRAY_TASK_COUNT" \
  --workers "${SLURM_CPUS_PER_TASK:-1}" "$@"
