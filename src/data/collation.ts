/**
 * The order of text levels: that of R's `sort` in an English locale, the same in every environment. Letters compare without
 * regard to case first ("a" < "B" < "c"), lower case before upper case where that is all that differs; digits before letters, punctuation before
 * digits. A final comparison by code unit makes the order total.
 */
const collator = new Intl.Collator("en", { usage: "sort", sensitivity: "variant", numeric: false, caseFirst: "lower" });

/** Negative when `a` comes before `b`. */
export function compareLabels(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
