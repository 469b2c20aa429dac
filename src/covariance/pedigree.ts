/**
 * Additive genetic relationships from a pedigree: A, its sparse inverse and inbreeding coefficients. With T tracing genes from parents
 * to offspring, A = TDT' and A⁻¹ = (I − P)'D⁻¹(I − P), P having ½ for each parent and D the Mendelian sampling variances
 * 1 − ¼Σ(1 + F_parent) (Henderson 1976, Biometrics 32, 69–83; with inbreeding Quaas 1976, Biometrics 32, 949–953).
 */
import { DeclarationError, type Issue, refusal } from "../messages/issue.ts";
import * as messages from "../messages/known-covariance.ts";

/** One entry an animal; parents by id. Unknown parents are null, undefined, NaN or empty, or `0`, `.` or `NA` where no animal has that id. */
export interface Pedigree {
  readonly id: ArrayLike<string | number>;
  readonly sire: ArrayLike<string | number | null | undefined>;
  readonly dam: ArrayLike<string | number | null | undefined>;
}

/** A pedigree in an order in which parents stand before their offspring. */
export interface OrderedPedigree {
  readonly levels: readonly string[];
  /** Positions of the parents, −1 unknown. */
  readonly sire: Int32Array;
  readonly dam: Int32Array;
  /** F: the probability that an animal's two genes of a locus are identical by descent. A has 1 + F on its diagonal. */
  readonly inbreeding: Float64Array;
  /** D: variance of an animal's effect given its parents', in units of the additive variance. */
  readonly mendelian: Float64Array;
}

/** A⁻¹ as `.random(…, { knownCovariance })` takes it. */
export interface PedigreePrecision {
  readonly levels: readonly string[];
  /** Entries of the lower triangle. */
  readonly precision: {
    readonly rows: readonly number[];
    readonly columns: readonly number[];
    readonly values: readonly number[];
  };
  /** F by level. */
  readonly inbreeding: Float64Array;
}

/** A as `.random(…, { knownCovariance })` takes it. */
export interface AdditiveRelationship {
  readonly levels: readonly string[];
  /** n × n row-major. */
  readonly values: Float64Array;
  /** F by level. */
  readonly inbreeding: Float64Array;
}

/** What pedigree files write for a parent that is not known, besides nothing. */
const UNKNOWN_PARENTS: ReadonlySet<string> = new Set(["0", ".", "NA", "NaN"]);

/** A Mendelian variance of an animal below this is 0 but for rounding. */
const NO_VARIANCE = 1e-12;

/**
 * Puts parents before offspring, keeping the given order otherwise, adds parents without a row of their own as founders, and computes
 * inbreeding coefficients by tracing each animal's ancestors (Meuwissen & Luo 1992, Genet. Sel. Evol. 24, 305–313).
 *
 * @throws DeclarationError for animals that stand twice, without an id, or among their own ancestors, and for a parent without a row of its own that
 * looks like a mark for an unknown one
 */
export function orderPedigree(pedigree: Pedigree): OrderedPedigree {
  const { ids, sires, dams } = readPedigree(pedigree);
  const n = ids.length;
  const order = parentsFirst(ids, sires, dams);
  const place = new Int32Array(n);
  order.forEach((animal, k) => {
    place[animal] = k;
  });
  const parent = (parents: Int32Array) =>
    Int32Array.from(order, (animal) => (parents[animal]! < 0 ? -1 : place[parents[animal]!]!));
  const sire = parent(sires);
  const dam = parent(dams);
  return { levels: Array.from(order, (animal) => ids[animal]!), sire, dam, ...inbreedingCoefficients(sire, dam) };
}

function readPedigree(pedigree: Pedigree): { ids: string[]; sires: Int32Array; dams: Int32Array } {
  const fail = (issues: Issue[]) => new DeclarationError(issues);
  const issue = (message: string): Issue => ({ code: "bad-pedigree", path: ["pedigree"], message });
  const { id, sire, dam } = pedigree ?? {};
  if (typeof id?.length !== "number" || typeof sire?.length !== "number" || typeof dam?.length !== "number")
    throw fail([issue(messages.notAPedigree())]);
  if (id.length !== sire.length || id.length !== dam.length)
    throw fail([issue(messages.pedigreeLengths(id.length, sire.length, dam.length))]);
  const issues: Issue[] = [];
  const absent = (value: unknown) =>
    value === null || value === undefined || Number.isNaN(value) || (typeof value === "string" && value.trim() === "");
  const position = new Map<string, number>();
  const ids: string[] = [];
  for (let row = 0; row < id.length; row++) {
    const label = String(id[row]);
    const before = position.get(label);
    if (absent(id[row])) issues.push(issue(messages.missingId(row + 1)));
    else if (before !== undefined) issues.push(issue(messages.repeatedAnimal(label, before + 1, row + 1)));
    else position.set(label, row);
    ids.push(label);
  }
  if (issues.length > 0) throw fail(issues);
  const unknown = (label: string) => UNKNOWN_PARENTS.has(label.trim()) && !position.has(label);
  const find = (value: string | number | null | undefined): number => {
    const label = String(value);
    if (absent(value) || unknown(label)) return -1;
    let at = position.get(label);
    if (at === undefined) {
      at = ids.push(label) - 1;
      position.set(label, at);
    }
    return at;
  };
  const sires = Array.from({ length: id.length }, (_, row) => find(sire[row]));
  const dams = Array.from({ length: id.length }, (_, row) => find(dam[row]));
  const mark = markOfUnknown(ids, id.length, sires, dams);
  if (mark !== null) throw fail([issue(messages.unknownMark(mark))]);
  const founders = new Array<number>(ids.length - id.length).fill(-1);
  return { ids, sires: Int32Array.from([...sires, ...founders]), dams: Int32Array.from([...dams, ...founders]) };
}

/** A word that has no letter or digit in it, or says that nothing is known. */
const MARK = /^[^\p{L}\p{N}]+$|^-\d+$|^(unknown|unk|none|null|nil|missing|nan|n\/a|na)$/iu;

/** A parent without a row of its own that looks like a mark of an unknown one: by its word, or because it stands as sire and as dam. */
function markOfUnknown(
  ids: readonly string[],
  rows: number,
  sires: readonly number[],
  dams: readonly number[],
): string | null {
  const fathers = new Set(sires);
  for (let at = rows; at < ids.length; at++)
    if (MARK.test(ids[at]!.trim()) || (fathers.has(at) && dams.includes(at))) return ids[at]!;
  return null;
}

/** The animals with parents before offspring: each after those of its ancestors that do not stand before it anyway. */
function parentsFirst(ids: readonly string[], sires: Int32Array, dams: Int32Array): Int32Array {
  const n = ids.length;
  const order = new Int32Array(n);
  const state = new Uint8Array(n); // 0 not seen, 1 its ancestors are being placed, 2 placed
  const stack: number[] = [];
  let next = 0;
  for (let first = 0; first < n; first++) {
    if (state[first] !== 0) continue;
    stack.push(first);
    while (stack.length > 0) {
      const animal = stack[stack.length - 1]!;
      if (state[animal] === 2) {
        stack.pop();
        continue;
      }
      state[animal] = 1;
      const waiting = [dams[animal]!, sires[animal]!].filter((parent) => parent >= 0 && state[parent] !== 2);
      const circle = waiting.find((parent) => state[parent] === 1);
      if (circle !== undefined) throw refusal("bad-pedigree", ["pedigree"], messages.ownAncestor(ids[circle]!));
      if (waiting.length > 0) stack.push(...waiting);
      else {
        stack.pop();
        state[animal] = 2;
        order[next++] = animal;
      }
    }
  }
  return order;
}

/** F_i = Σ_j L_ij² D_jj − 1 over i and its ancestors j, the youngest first. */
function inbreedingCoefficients(
  sire: Int32Array,
  dam: Int32Array,
): { inbreeding: Float64Array; mendelian: Float64Array } {
  const n = sire.length;
  const inbreeding = new Float64Array(n);
  const mendelian = new Float64Array(n);
  const share = new Float64Array(n); // L_ij for the animal i at hand
  const older = new Int32Array(n).fill(-1); // the ancestors still to be visited, as a list by descending position
  const sibs = new Map<number, number>();
  /** Adds an ancestor to the list behind `after`. */
  const insert = (ancestor: number, after: number): void => {
    let at = after;
    while (older[at]! > ancestor) at = older[at]!;
    if (older[at] === ancestor) return;
    older[ancestor] = older[at]!;
    older[at] = ancestor;
  };
  for (let i = 0; i < n; i++) {
    const s = sire[i]!;
    const d = dam[i]!;
    mendelian[i] = 1 - (s < 0 ? 0 : 0.25 * (1 + inbreeding[s]!)) - (d < 0 ? 0 : 0.25 * (1 + inbreeding[d]!));
    if (s < 0 || d < 0) continue;
    const couple = Math.max(s, d) * n + Math.min(s, d);
    const sib = sibs.get(couple);
    if (sib !== undefined) {
      inbreeding[i] = inbreeding[sib]!;
      continue;
    }
    sibs.set(couple, i);
    let sum = -1;
    share[i] = 1;
    for (let k = i; k >= 0; ) {
      const own = share[k]!;
      for (const parent of [sire[k]!, dam[k]!])
        if (parent >= 0) {
          share[parent]! += 0.5 * own;
          insert(parent, k);
        }
      sum += own * own * mendelian[k]!;
      share[k] = 0;
      const following = older[k]!;
      older[k] = -1;
      k = following;
    }
    inbreeding[i] = sum;
  }
  return { inbreeding, mendelian };
}

/**
 * A⁻¹ of a pedigree by Henderson's rules with inbreeding: time and memory grow with the number of animals. Animals without records are
 * kept, and parents that have no row of their own become founders, unrelated and not inbred.
 *
 * @throws DeclarationError for a pedigree with faults, and for an animal whose parents are completely inbred
 * @example
 * const A = pedigreePrecision({ id: ["kid"], sire: ["father"], dam: ["mother"] });
 * A.levels; // ["father", "mother", "kid"]
 * model(table).response("weight").random("animal", { knownCovariance: A });
 */
export function pedigreePrecision(pedigree: Pedigree): PedigreePrecision {
  const { levels, sire, dam, inbreeding, mendelian } = orderPedigree(pedigree);
  const n = levels.length;
  const entries = new Map<number, number>();
  const add = (i: number, j: number, value: number) => {
    const at = Math.max(i, j) * n + Math.min(i, j);
    entries.set(at, (entries.get(at) ?? 0) + value);
  };
  for (let i = 0; i < n; i++) {
    if (!(mendelian[i]! > NO_VARIANCE))
      throw refusal("bad-pedigree", ["pedigree"], messages.noMendelianVariance(levels[i]!));
    const precision = 1 / mendelian[i]!;
    const s = sire[i]!;
    const d = dam[i]!;
    add(i, i, precision);
    if (s >= 0) {
      add(i, s, -0.5 * precision);
      add(s, s, 0.25 * precision);
    }
    if (d >= 0) {
      add(i, d, -0.5 * precision);
      add(d, d, 0.25 * precision);
    }
    // an animal that is both parents meets itself twice
    if (s >= 0 && d >= 0) add(s, d, (s === d ? 0.5 : 0.25) * precision);
  }
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (const [at, value] of entries) {
    rows.push(Math.floor(at / n));
    columns.push(at % n);
    values.push(value);
  }
  return { levels, precision: { rows, columns, values }, inbreeding };
}

/**
 * A of a pedigree, dense, by the tabular method (Henderson 1976): A_ij = ½(A_js + A_jd), A_ii = 1 + ½A_sd. For looking at; models
 * take `pedigreePrecision`, which is sparse.
 *
 * @throws DeclarationError for a pedigree with faults
 * @example additiveRelationship({ id: ["a", "b", "c"], sire: [null, null, "a"], dam: [null, null, "b"] }).values; // c: 0.5, 0.5, 1
 */
export function additiveRelationship(pedigree: Pedigree): AdditiveRelationship {
  const { levels, sire, dam, inbreeding } = orderPedigree(pedigree);
  const n = levels.length;
  const values = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const s = sire[i]!;
    const d = dam[i]!;
    for (let j = 0; j < i; j++)
      values[i * n + j] = values[j * n + i] =
        0.5 * ((s < 0 ? 0 : values[j * n + s]!) + (d < 0 ? 0 : values[j * n + d]!));
    values[i * n + i] = 1 + (s < 0 || d < 0 ? 0 : 0.5 * values[s * n + d]!);
  }
  return { levels, values, inbreeding };
}
