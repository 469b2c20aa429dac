/** How far work is, on a terminal only: one bar a chain, one line for anything else. */
import { MultiBar, Presets, SingleBar } from "cli-progress";
import pc from "picocolors";

export interface Progress {
  /** Chain `chain` (0-based) has done `done` iterations of `total`; `note` says what it is at. */
  update(chain: number, done: number, total: number, note: string): void;
  stop(): void;
}

/** A bar for each of `chains` chains on stderr when `visible`; else a progress that shows nothing. */
export function createProgress(visible: boolean, chains: number): Progress {
  if (!visible) return { update: () => undefined, stop: () => undefined };
  const format = `${pc.dim("chain {chain}")} {bar} {percentage}% ${pc.dim("{note}")}`;
  const bars = new MultiBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true }, Presets.rect);
  const byChain = Array.from(
    { length: chains },
    (_, k): SingleBar => bars.create(1, 0, { chain: k + 1, note: "waiting" }),
  );
  return {
    update(chain, done, total, note) {
      const bar = byChain[chain]!;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    stop: () => bars.stop(),
  };
}

export interface Status {
  show(text: string): void;
  stop(): void;
}

/** Milliseconds after which work says how far it is. */
const PATIENCE = 1000;

/** A line on stderr that is written again and again while work goes on, from its second second, when `visible`. */
export function createStatus(visible: boolean): Status {
  if (!visible) return { show: () => undefined, stop: () => undefined };
  const began = performance.now();
  let line: SingleBar | undefined;
  return {
    show(text) {
      if (line) line.update({ text });
      else if (performance.now() - began >= PATIENCE) {
        const format = pc.dim("{text}");
        line = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true });
        line.start(1, 0, { text });
      }
    },
    stop: () => line?.stop(),
  };
}
