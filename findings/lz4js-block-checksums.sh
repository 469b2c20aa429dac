#!/usr/bin/env bash
# lz4js 0.2.0 (npm), which arrow readers in JavaScript are told to register for compressed Arrow files: LZ4 frames with block checksums (`lz4 -BX`, an
# option of the frame format) are decoded to other text, in silence. The checksum follows a block's data; lz4js skips four bytes before them instead.
# Of 61 bytes written by lz4 1.9.4 it returns 57, of which most are wrong; the same text without block checksums comes back whole. Arrow's own writers
# make no block checksums; for frames of others, go through the blocks oneself and decode each with lz4.decompressBlock.
# Needs lz4 (Debian's package lz4), node and npm. Exits with an error when this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit lz4js@0.2.0 >/dev/null
printf 'marginal likelihood, marginal likelihood, marginal likelihood' >text
lz4 -q -f text plain.lz4
lz4 -q -f -BX text checked.lz4
cat >read.cjs <<'JS'
const lz4 = require("lz4js");
const { readFileSync } = require("node:fs");
const text = readFileSync("text", "latin1");
const [plain, checked] = ["plain.lz4", "checked.lz4"].map((name) =>
  Buffer.from(lz4.decompress(readFileSync(name), 1000)).toString("latin1"),
);
console.log(`without block checksums: ${plain === text ? "right" : "wrong"}`);
console.log(`with block checksums: ${checked === text ? "right" : "wrong"}, ${checked.length} bytes of ${text.length}`);
process.exit(plain === text && checked !== text ? 0 : 1);
JS
node read.cjs
