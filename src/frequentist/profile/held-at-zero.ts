/** The least −log L where an effect has no variance. */
import { minimise } from "../../optimise/bfgs.ts";
import type { Pausable } from "../../optimise/pausable.ts";
import type { ProfileProblem } from "./profile-problem.ts";

const known = new WeakMap<ProfileProblem, Map<string, number>>();

/** The least −log L with some coordinates 0; each looked for once. */
export function* heldAtZero(problem: ProfileProblem, zeroed: readonly number[]): Pausable<number> {
  let found = known.get(problem);
  if (!found) known.set(problem, (found = new Map()));
  const key = zeroed.join();
  if (!found.has(key)) found.set(key, yield* leastWithout(problem, zeroed));
  return found.get(key)!;
}

function* leastWithout({ objective, w, metric }: ProfileProblem, zeroed: readonly number[]): Pausable<number> {
  const d = w.length;
  const free = Array.from({ length: d }, (_, i) => i).filter((i) => !zeroed.includes(i));
  const m = free.length;
  const point = new Float64Array(d);
  const full = new Float64Array(d);
  const inverseHessian = new Float64Array(m * m);
  free.forEach((i, a) => {
    free.forEach((j, b) => {
      inverseHessian[a * m + b] = metric[i * d + j]!;
    });
  });
  const found = yield* minimise(
    (z, gradient) => {
      free.forEach((i, a) => {
        point[i] = z[a]!;
      });
      const value = objective(point, full);
      free.forEach((i, a) => {
        gradient[a] = full[i]!;
      });
      return value;
    },
    Float64Array.from(free, (i) => w[i]!),
    { inverseHessian, tolerance: 1e-9 },
  );
  return found.value;
}
