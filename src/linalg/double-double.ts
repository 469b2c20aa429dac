/**
 * Numbers of twice the precision of a double, as unevaluated sums of two doubles [high, low], |low| ≤ ulp(high)/2: about 31 digits (Dekker 1971,
 * "A floating-point technique for extending the available precision", Numer. Math. 18; Joldes, Muller & Popescu 2017, ACM Trans. Math.
 * Softw. 44(2), algorithms 6, 12 and 18). For the few places where a difference has to survive a cancellation that doubles do not. Arrays of them are
 * two arrays, and sums over them are taken by an accumulator, so that loops allocate nothing.
 */

/** 2²⁷ + 1 splits a double into two halves whose products are exact. */
const SPLITTER = 134217729;

/** The rounding error of a·b, where `product` is a·b rounded; no fused multiply-add is at hand. */
export function productError(a: number, b: number, product: number): number {
  const scaledA = SPLITTER * a;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = SPLITTER * b;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** A running sum in double-double. */
export class Accumulator {
  high = 0;
  low = 0;

  set(high: number, low = 0): this {
    this.high = high;
    this.low = low;
    return this;
  }

  add(high: number, low = 0): void {
    const sum = this.high + high;
    const part = sum - this.high;
    const error = this.high - (sum - part) + (high - part) + (this.low + low);
    this.high = sum + error;
    this.low = error - (this.high - sum);
  }

  /** Adds (aHigh + aLow)(bHigh + bLow). */
  addProduct(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
    const product = aHigh * bHigh;
    this.add(product, productError(aHigh, bHigh, product) + (aHigh * bLow + aLow * bHigh));
  }

  /** Divides by (bHigh + bLow), by two steps of long division. */
  divide(bHigh: number, bLow: number): void {
    const first = this.high / bHigh;
    this.addProduct(-first, 0, bHigh, bLow);
    const second = this.high / bHigh;
    this.addProduct(-second, 0, bHigh, bLow);
    const third = this.high / bHigh;
    this.set(first);
    this.add(second);
    this.add(third);
  }

  /** Takes the square root, NaN below 0. */
  squareRoot(): void {
    const root = Math.sqrt(this.high);
    if (!(root > 0)) {
      this.set(root);
      return;
    }
    this.addProduct(-root, 0, root, 0);
    const step = this.high / (2 * root);
    this.set(root);
    this.add(step);
  }
}

/** The natural logarithm of high + low, as a double. */
export const logOf = (high: number, low: number): number => Math.log(high) + low / high;

/** Many of them. */
export interface ExtendedArray {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

export const extendedArray = (length: number): ExtendedArray => ({
  high: new Float64Array(length),
  low: new Float64Array(length),
});

/** x[at] += (aHigh + aLow)(bHigh + bLow). */
export function addProductTo(
  { high, low }: ExtendedArray,
  at: number,
  aHigh: number,
  aLow: number,
  bHigh: number,
  bLow: number,
): void {
  const product = aHigh * bHigh;
  const error = productError(aHigh, bHigh, product) + (aHigh * bLow + aLow * bHigh);
  const own = high[at]!;
  const sum = own + product;
  const part = sum - own;
  const rest = own - (sum - part) + (product - part) + (low[at]! + error);
  const rounded = sum + rest;
  high[at] = rounded;
  low[at] = rest - (rounded - sum);
}
