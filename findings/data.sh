#!/usr/bin/env bash
# apache-arrow 21.2.0: `Vector.toArray()` of a numeric vector with missing values hands out the buffer beneath it, in which they are 0, while iteration and
# `get()` give null. A mean or a model of `toArray()` counts them as zeros without a word. Read nullable columns by iterating (`Array.from(vector)`), or look
# at `vector.nullCount` first.
# Seen: toArray() is Float64Array [1.5, 0, 3]; Array.from() is [1.5, null, 3]; nullCount is 1.
# Exits with an error when this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent apache-arrow@21.2.0
cat > look.mjs <<'JS'
import { vectorFromArray } from "apache-arrow";

const vector = vectorFromArray([1.5, null, 3]);
const whole = Array.from(vector.toArray());
const each = Array.from(vector);
console.log(`toArray(): ${JSON.stringify(whole)}; iterated: ${JSON.stringify(each)}; nullCount: ${vector.nullCount}`);
const asSeen = whole[1] === 0 && each[1] === null && vector.nullCount === 1;
process.exit(asSeen ? 0 : 1);
JS
node look.mjs
