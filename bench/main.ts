/** All benchmarks, one after another in processes of their own: JSON lines on stdout. Peers are timed where R and their packages are installed. */
import { runPlain } from "./plain.ts";

for (const script of ["kernels.ts", "fits.ts", "profiles.ts", "sampling.ts", "gee.ts"])
  if (!runPlain(script)) process.exitCode = 1;
