/**
 * The logarithm of a normal probability of an interval, log(Φ(u − η) − Φ(l − η)), and its derivatives, accurate for narrow intervals, wide
 * ones and both far tails. The derivatives in η are the cumulants of the normal distribution truncated to the interval (less those of the
 * whole one), so they are computed as such and not by the chain rule, whose terms cancel like powers of the width.
 *
 * Sources: Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, §13.10 (moments of the truncated normal);
 * Abramowitz & Stegun (1964), 26.2.14 (continued fraction of the tail) and 25.4.29 (Gauss-Legendre).
 */
import { logNdtr, ndtr, tailLevels } from "./normal.ts";
import { HALF_LOG_2PI } from "./stirling.ts";

/** Positive nodes of a Gauss-Legendre rule on [−1, 1] with an even number of nodes, and their weights. */
interface Rule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}
const EIGHT: Rule = {
  nodes: [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363],
  weights: [0.362683783378362, 0.31370664587788727, 0.22238103445337448, 0.10122853629037626],
};
const FOURTEEN: Rule = {
  nodes: [
    0.10805494870734367, 0.31911236892788974, 0.5152486363581541, 0.6872929048116855, 0.827201315069765,
    0.9284348836635735, 0.9862838086968123,
  ],
  weights: [
    0.2152638534631578, 0.2051984637212956, 0.18553839747793782, 0.15720316715819355, 0.12151857068790319,
    0.08015808715976021, 0.03511946033175186,
  ],
};
/** Weights times the density at the nodes to the right of the middle, and to the left. */
const right = new Float64Array(FOURTEEN.nodes.length);
const left = new Float64Array(FOURTEEN.nodes.length);

/** From here on the moments of the tail come from the continued fraction; below, from the hazard without loss. */
const TAIL_FROM = 2;

/** What is known of one interval: kept, because a row asks for its value and each derivative in turn. */
const last = { eta: Number.NaN, upper: Number.NaN, lower: Number.NaN };
/** log P, κ₁, κ₂ − 1, κ₃; then ∂/∂u of the first three, then ∂/∂l of them. */
const derivatives = new Float64Array(10);
/** Raw moments of the excess over a threshold. */
const ofLower = new Float64Array(3);
const ofUpper = new Float64Array(3);

/**
 * Moments 1 to 3 of z − t given z > t, z standard normal: from the continued fraction ρ_n = n/(t + ρ_{n+1}) of their ratios in the tail,
 * elsewhere from the hazard.
 */
function excess(t: number, out: Float64Array): void {
  if (t < TAIL_FROM) {
    const m1 = logNdtr(1, -t) - t;
    const m2 = 1 - t * m1;
    out[0] = m1;
    out[1] = m2;
    out[2] = 2 * m1 - t * m2;
    return;
  }
  let ratio = 0;
  for (let n = tailLevels(t); n >= 4; n--) ratio = n / (t + ratio);
  const r3 = 3 / (t + ratio);
  const r2 = 2 / (t + r3);
  const r1 = 1 / (t + r2);
  out[0] = r1;
  out[1] = r1 * r2;
  out[2] = r1 * r2 * r3;
}

/** From log P, the density at the ends over P (a at the upper, b at the lower end), the ends less the mean, and κ₂, κ₂ − 1, κ₃. */
function store(
  logP: number,
  mean: number,
  variance: number,
  second: number,
  third: number,
  a: number,
  fromUpper: number,
  b: number,
  fromLower: number,
): void {
  derivatives[0] = logP;
  derivatives[1] = mean;
  derivatives[2] = second;
  derivatives[3] = third;
  derivatives[4] = a;
  derivatives[5] = a === 0 ? 0 : a * fromUpper;
  derivatives[6] = a === 0 ? 0 : a * (fromUpper * fromUpper - variance);
  derivatives[7] = -b;
  derivatives[8] = b === 0 ? 0 : -b * fromLower;
  derivatives[9] = b === 0 ? 0 : -b * (fromLower * fromLower - variance);
}

/** By quadrature over the interval c ± w, over which the density varies by no more than a factor of e^6. */
function narrow(c: number, w: number): void {
  // enough for e^(−cs − s²/2) to 16 digits
  const { nodes, weights } = w <= 0.75 && c * w <= 1.5 ? EIGHT : FOURTEEN;
  let total = 0;
  let first = 0;
  // φ(c + s)/φ(c) = e^(−cs) e^(−s²/2), the nodes ±s together; s in units of w
  for (let k = 0; k < nodes.length; k++) {
    const s = w * nodes[k]!;
    const up = (right[k] = weights[k]! * Math.exp(-s * (c + 0.5 * s)));
    const down = (left[k] = weights[k]! * Math.exp(s * (c - 0.5 * s)));
    total += up + down;
    first += nodes[k]! * (up - down);
  }
  const centre = first / total;
  let second = 0;
  let third = 0;
  for (let k = 0; k < nodes.length; k++) {
    const x = nodes[k]! - centre;
    const y = -nodes[k]! - centre;
    const up = right[k]! * x * x;
    const down = left[k]! * y * y;
    second += up + down;
    third += up * x + down * y;
  }
  const mass = w * total;
  const variance = (w * w * second) / total;
  store(
    -0.5 * c * c - HALF_LOG_2PI + Math.log(mass),
    c + w * centre,
    variance,
    variance - 1,
    (w * w * w * third) / total,
    Math.exp(-w * (c + 0.5 * w)) / mass,
    w * (1 - centre),
    Math.exp(w * (c - 0.5 * w)) / mass,
    -w * (1 + centre),
  );
}

/** An interval (lower, upper) with 0 in it, at least 3 wide: nothing cancels. */
function around(lower: number, upper: number): void {
  const logP = Math.log1p(-(ndtr(lower) + ndtr(-upper)));
  const a = Math.exp(-0.5 * upper * upper - HALF_LOG_2PI - logP);
  const b = Math.exp(-0.5 * lower * lower - HALF_LOG_2PI - logP);
  const mean = b - a;
  const fromUpper = upper - mean;
  const fromLower = lower - mean;
  const second = (b === 0 ? 0 : b * fromLower) - (a === 0 ? 0 : a * fromUpper);
  const variance = 1 + second;
  const third =
    (b === 0 ? 0 : b * (fromLower * fromLower - variance)) - (a === 0 ? 0 : a * (fromUpper * fromUpper - variance));
  store(logP, mean, variance, second, third, a, fromUpper, b, fromLower);
}

/**
 * An interval above 0 over which the density falls by e⁻⁶ or more: the tail beyond `lower` is a mixture of the interval and of the tail beyond
 * `upper`, which has a small share, so that moments of the interval are the differences of those of tails.
 */
function inTail(lower: number, upper: number): void {
  const logTail = logNdtr(0, -lower);
  const share = Math.exp(logNdtr(0, -upper) - logTail);
  const width = upper - lower;
  excess(lower, ofLower);
  let [m1, m2, m3] = ofLower as unknown as [number, number, number];
  if (share > 0) {
    excess(upper, ofUpper);
    const [e1, e2, e3] = ofUpper as unknown as [number, number, number];
    const rest = 1 - share;
    m1 = (m1 - share * (width + e1)) / rest;
    m2 = (m2 - share * (width * (width + 2 * e1) + e2)) / rest;
    m3 = (m3 - share * (width * (width * (width + 3 * e1) + 3 * e2) + e3)) / rest;
  }
  const hazard = logNdtr(1, -lower) / (1 - share);
  store(
    logTail + Math.log1p(-share),
    lower + m1,
    m2 - m1 * m1,
    m2 - m1 * m1 - 1,
    m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1,
    hazard * Math.exp(-0.5 * width * (upper + lower)),
    width - m1,
    hazard,
    -m1,
  );
}

/** The same interval seen from the other side: odd derivatives change sign, the ends change places. */
function mirror(): void {
  const d = derivatives;
  d[1] = -d[1]!;
  d[3] = -d[3]!;
  for (let j = 0; j < 3; j++) {
    // ∂^j/∂η^j of the density at an end has the parity of j; that of the lower end has a minus
    const sign = j % 2 === 0 ? -1 : 1;
    const upper = d[4 + j]!;
    d[4 + j] = sign * d[7 + j]!;
    d[7 + j] = sign * upper;
  }
}

/** log P alone, of which most callers need no more: the same number as `evaluate` has. */
function logProbability(eta: number, upper: number, lower: number): number {
  const half = 0.5 * (upper - lower);
  const c = Math.abs(0.5 * (upper + lower) - eta);
  if (!(half > 0) || Number.isNaN(c)) return half === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (half <= 1.5 && c * half <= 3) {
    const { nodes, weights } = half <= 0.75 && c * half <= 1.5 ? EIGHT : FOURTEEN;
    let total = 0;
    for (let k = 0; k < nodes.length; k++) {
      const s = half * nodes[k]!;
      total += weights[k]! * Math.exp(-s * (c + 0.5 * s)) + weights[k]! * Math.exp(s * (c - 0.5 * s));
    }
    return -0.5 * c * c - HALF_LOG_2PI + Math.log(half * total);
  }
  if (c <= half) return Math.log1p(-(ndtr(c - half) + ndtr(-(c + half))));
  const logTail = logNdtr(0, half - c);
  return logTail + Math.log1p(-Math.exp(logNdtr(0, -(c + half)) - logTail));
}

function evaluate(eta: number, upper: number, lower: number): void {
  if (last.eta === eta && last.upper === upper && last.lower === lower) return;
  last.eta = eta;
  last.upper = upper;
  last.lower = lower;
  const half = 0.5 * (upper - lower);
  const centre = 0.5 * (upper + lower) - eta;
  if (!(half > 0) || Number.isNaN(centre)) {
    derivatives.fill(Number.NaN);
    if (half === 0) derivatives[0] = Number.NEGATIVE_INFINITY;
    return;
  }
  const c = Math.abs(centre);
  if (half <= 1.5 && c * half <= 3) narrow(c, half);
  else if (c <= half) around(c - half, c + half);
  else inTail(c - half, c + half);
  if (centre < 0) mirror();
}

/**
 * log(Φ(upper − eta) − Φ(lower − eta)), upper > lower, and its derivatives: −Infinity where the interval is empty, NaN where it is reversed.
 *
 * @param order m: ∂^m/∂η^m for m = 0 … 3; 4 + m: ∂^(m+1)/∂u∂η^m, and 7 + m: ∂^(m+1)/∂l∂η^m, both for m = 0 … 2
 * @example logNdtrInterval(0, 0, 1, -1); // log 0.6827
 */
export function logNdtrInterval(order: number, eta: number, upper: number, lower: number): number {
  if (order === 0 && !(last.eta === eta && last.upper === upper && last.lower === lower))
    return logProbability(eta, upper, lower);
  evaluate(eta, upper, lower);
  return derivatives[order]!;
}
