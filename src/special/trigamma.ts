/** ψ'(x), x > 0: by recurrence to 10 and Stirling's series there (Abramowitz & Stegun 6.4.6, 6.4.12). */
export function trigamma(x: number): number {
  let sum = 0;
  let at = x;
  for (; at < 10; at++) sum += 1 / (at * at);
  const w = 1 / (at * at);
  return (
    sum +
    1 / at +
    w / 2 +
    (w / at) * (1 / 6 - w * (1 / 30 - w * (1 / 42 - w * (1 / 30 - w * (5 / 66 - (w * 691) / 2730)))))
  );
}
