import { expect, test } from "vitest";
import { isNumberLabel, numberFault, numberLabel } from "../../src/data/number-text.ts";
import { createRng } from "../../src/random/rng.ts";

test("whole numbers are labelled with all their digits, fractions with 15", () => {
  expect([1580000000000101, 2 ** 53 - 1, -0, 1e20, 0.1 + 0.2, 1 / 3].map(numberLabel)).toEqual([
    "1580000000000101",
    "9007199254740991",
    "0",
    "100000000000000000000",
    "0.3",
    "0.333333333333333",
  ]);
  expect(numberLabel(Number.NaN)).toBeNull();
});

test("a text is the label of a number exactly where it prints so", () => {
  const rng = createRng("number texts");
  const characters = "0123456789.-e0015";
  const texts = [
    "0",
    "-0",
    "00",
    "0.5",
    ".5",
    "5.",
    "1.50",
    "1.5",
    "-3",
    "+3",
    "1e5",
    "0.0000001",
    "0.000001",
    "",
    "1.2.3",
  ];
  for (let k = 0; k < 20_000; k++) {
    const length = 1 + Math.floor(rng.uniform() * 18);
    let text = "";
    for (let i = 0; i < length; i++) text += characters[Math.floor(rng.uniform() * characters.length)];
    if (!Number.isNaN(Number(text))) texts.push(text);
  }
  const wrong = texts.filter((text) => isNumberLabel(text) !== (numberLabel(Number(text)) === text));
  expect(wrong).toEqual([]);
});

test.each([
  [["1.5", "x", null], { mark: ".", share: "some", row: 1 }],
  [[null, "1,5", "2,5", "2.5"], { mark: ",", share: "some", row: 3 }],
  [["1,5", "2,5"], { mark: ",", share: "all", row: 0 }],
  [["1.5", "2"], { mark: ".", share: "all", row: 0 }],
  [[null, "a", "b"], { mark: ".", share: "none", row: 1 }],
  [[null, null], null],
])("what keeps %j from being numbers, with the decimal mark that most have", (texts, fault) => {
  expect(numberFault(texts as (string | null)[])).toEqual(fault);
});
