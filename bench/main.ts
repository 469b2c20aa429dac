/** All benchmarks, one after another in processes of their own: JSON lines on stdout. Peers are timed where R and their packages are installed. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

for (const script of ["kernels.ts", "fits.ts", "sampling.ts"]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const run = spawnSync(process.execPath, ["--import", "tsx", path], { stdio: "inherit" });
  if (run.status !== 0) process.exitCode = 1;
}
