#!/bin/sh
# Continues the run in a folder, or begins it: for launchers that start processes again, under any of their restarts.
#
#     train.sh runs/flowers photos [OPTION...]
#
# All processes must see the folder. They read it before any of them trains, so that all decide alike.
run=$1
shift
if [ -e "$run/checkpoint.safetensors" ]; then exec apus train --resume "$run"; fi
exec apus train "$@" --out "$run"
