/** Runs one kind of generated input and sorts what comes of each: accepted, refused, or a failure, shrunk to its smallest example. */
import { writeSync } from "node:fs";
import { inspect } from "node:util";
import fc from "fast-check";
import { library } from "../../library.ts";

/** One input: what to do with it, and a text that shows it. */
export interface Trial {
  readonly show: unknown;
  /** Throws `Nonsense` where something was accepted whose result cannot be; whatever else it throws is the library's. */
  readonly run: () => unknown;
}

/** Something was accepted, and its result is not sane. */
export class Nonsense extends Error {}

type Failure = "raw" | "hang" | "nonsense";

interface Found {
  readonly failure: Failure;
  /** Class and message without names and numbers: faults of one kind have one. */
  readonly signature: string;
  readonly message: string;
  readonly at: string;
  smallest: string;
  times: number;
}

export interface KindResult {
  readonly kind: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly rawErrors: number;
  readonly hangs: number;
  readonly nonsense: number;
  readonly seconds: number;
  readonly examples: readonly Found[];
}

/** Processor seconds of one input from which it counts as a hang. */
const HANG = 2;

const shown = (value: unknown): string =>
  inspect(value, { depth: 6, maxArrayLength: 60, maxStringLength: 600, breakLength: 160 }).slice(0, 1500);

/** What is wrong with a refusal, or null: every message is to be a whole sentence for a person. */
function badRefusal(error: InstanceType<typeof library.DeclarationError>): string | null {
  if (error.issues.length === 0) return "a refusal without an issue";
  for (const { code, path, message } of error.issues) {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code) || !Array.isArray(path)) return `an issue with the code ${code}`;
    const sentence = /\s/.test(message) && message.length > 15 && /[.!?)"]\s*($|\n)/.test(message);
    if (!sentence || /\[object |Cannot read|is not a function|is not iterable/.test(message))
      return `a message that is no sentence: ${message.slice(0, 200)}`;
  }
  return null;
}

function failureOf(error: unknown): Pick<Found, "failure" | "message" | "at"> | null {
  if (error instanceof library.DeclarationError) {
    const message = badRefusal(error);
    return message === null ? null : { failure: "raw", message, at: "" };
  }
  if (error instanceof Nonsense) return { failure: "nonsense", message: error.message, at: "" };
  const { name, message, stack } = error as Error;
  const lines = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const at = lines.slice(0, 4).map((line) => line.trim().replace(/file:\/\/\S*?\/(dist|node_modules)\//, "$1/"));
  return { failure: "raw", message: `${name}: ${String(message)}`.slice(0, 400), at: at.join(" < ") };
}

const signatureOf = ({ failure, message, at }: Pick<Found, "failure" | "message" | "at">): string =>
  `${failure} ${message.replace(/"[^"]*"|`[^`]*`|'[^']*'|\d+/g, "…").slice(0, 80)} ${at.split(" < ")[0]}`;

/**
 * Runs `inputs` trials. After a failure the smallest input that fails in the same way is looked for, and the run goes on; further inputs with that
 * failure are only counted.
 *
 * @param heartbeat file descriptor to which the number of each input is written, so that a parent sees an input that never ends
 */
export async function runKind(
  kind: string,
  trials: fc.Arbitrary<Trial>,
  inputs: number,
  seed: number,
  heartbeat?: number,
): Promise<KindResult> {
  const began = performance.now();
  const found = new Map<string, Found>();
  const counts = { accepted: 0, refused: 0, raw: 0, hang: 0, nonsense: 0 };
  let done = 0;

  const judge = async (trial: Trial): Promise<Pick<Found, "failure" | "message" | "at"> | "accepted" | "refused"> => {
    const before = process.cpuUsage();
    let outcome: Pick<Found, "failure" | "message" | "at"> | "accepted" | "refused" = "accepted";
    try {
      await trial.run();
    } catch (error) {
      outcome = failureOf(error) ?? "refused";
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    return seconds > HANG ? { failure: "hang", message: `${seconds.toFixed(1)} s`, at: "" } : outcome;
  };

  for (let round = 0; done < inputs; round++) {
    let pursued: string | null = null;
    const property = fc.asyncProperty(trials, async (trial) => {
      if (pursued === null) {
        done++;
        if (heartbeat !== undefined)
          writeSync(heartbeat, `${done} ${shown(trial.show)}\n`.padEnd(2000).slice(0, 2000), 0);
      }
      const outcome = await judge(trial);
      if (typeof outcome === "string") {
        if (pursued === null) counts[outcome]++;
        return;
      }
      const signature = signatureOf(outcome);
      if (pursued === null) {
        counts[outcome.failure]++;
        const known = found.get(signature);
        if (known) {
          known.times++;
          return;
        }
        pursued = signature;
        found.set(signature, { ...outcome, signature, smallest: shown(trial.show), times: 1 });
      } else if (signature !== pursued) return;
      found.get(signature)!.smallest = shown(trial.show);
      throw new Error("a failure");
    });
    // A shrinking of costly inputs is cut short: a smaller example is a help, not the finding.
    await fc.check(property, {
      seed: seed + round,
      numRuns: inputs - done,
      interruptAfterTimeLimit: 1e8,
      endOnFailure: false,
    });
  }
  const { accepted, refused, raw, hang, nonsense } = counts;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const examples = [...found.values()];
  return { kind, inputs: done, accepted, refused, rawErrors: raw, hangs: hang, nonsense, seconds, examples };
}
