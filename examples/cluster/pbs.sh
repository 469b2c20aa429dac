#!/bin/sh
# PBS: qsub -J 1-100 -v STUDY=study.mjs,DIR=results,COUNT=100 examples/cluster/pbs.sh
# PBS does not tell a task how many there are: COUNT does.
#PBS -N study
#PBS -j oe
#PBS -l select=1:ncpus=1,walltime=04:00:00
set -eu
cd "$PBS_O_WORKDIR"
# PBS Pro has one name for the index, Torque another
index=${PBS_ARRAY_INDEX:-${PBS_ARRAYID:-}}
exec npx --no-install marginalia simulate "$STUDY" --dir "$DIR" --shard "$index/$COUNT" --workers "${NCPUS:-1}"
