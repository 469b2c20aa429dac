/** One progress bar a chain, on a terminal only. */
import { MultiBar, Presets, type SingleBar } from "cli-progress";
import pc from "picocolors";

export interface Progress {
  /** Chain `chain` (0-based) has done `done` iterations; `note` says what it is at. */
  update(chain: number, done: number, note: string): void;
  stop(): void;
}

/** A bar of `total` iterations for each of `chains` chains on stderr when `visible`; else a progress that shows nothing. */
export function createProgress(visible: boolean, chains: number, total: number): Progress {
  if (!visible) return { update: () => undefined, stop: () => undefined };
  const format = `${pc.dim("chain {chain}")} {bar} {percentage}% ${pc.dim("{note}")}`;
  const bars = new MultiBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true }, Presets.rect);
  const byChain = Array.from(
    { length: chains },
    (_, k): SingleBar => bars.create(total, 0, { chain: k + 1, note: "waiting" }),
  );
  return {
    update: (chain, done, note) => byChain[chain]!.update(done, { note }),
    stop: () => bars.stop(),
  };
}
