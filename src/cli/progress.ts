/** One progress bar a chain, on a terminal only. */
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import pc from "picocolors";

export interface Progress {
  /** Chain `chain` (0-based) has done `done` of `total` iterations; `note` says what it is at. */
  update(chain: number, done: number, total: number, note: string): void;
  stop(): void;
}

/** Bars on stderr when `visible`; else a progress that shows nothing. */
export function createProgress(visible: boolean): Progress {
  if (!visible) return { update: () => undefined, stop: () => undefined };
  const format = `${pc.dim("chain {chain}")} {bar} {percentage}% ${pc.dim("{note}")}`;
  const bars = new MultiBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true }, Presets.rect);
  const byChain = new Map<number, SingleBar>();
  return {
    update(chain, done, total, note) {
      let bar = byChain.get(chain);
      if (!bar) {
        bar = bars.create(total, 0, { chain: chain + 1, note });
        byChain.set(chain, bar);
      }
      bar.update(done, { note });
    },
    stop: () => bars.stop(),
  };
}
