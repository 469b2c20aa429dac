/** Timing helpers of the benchmarks: medians over several runs after a warm-up, one JSON line a measurement. */

export interface Timing {
  readonly medianSeconds: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly runs: number;
}

/** Times `work` over `runs` runs after `warmup` uncounted ones. */
export async function time(work: () => unknown, runs: number, warmup: number): Promise<Timing> {
  for (let i = 0; i < warmup; i++) await work();
  const seconds: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  seconds.sort((a, b) => a - b);
  return { medianSeconds: seconds[runs >> 1]!, minSeconds: seconds[0]!, maxSeconds: seconds[runs - 1]!, runs };
}

/** Prints one JSON line, numbers to six digits. */
export function report(line: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(line, (_, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value)));
}
