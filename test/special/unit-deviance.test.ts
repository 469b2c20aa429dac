import { describe, expect, it } from "vitest";
import {
  binomialDeviance,
  gammaDeviance,
  negativeBinomialDeviance,
  poissonDeviance,
} from "../../src/special/unit-deviance.ts";

describe("unit deviances", () => {
  // R 4.2.2: binomial()$dev.resids(c(0, 1, .3), c(.2, .7, .5), c(4, 3, 10)) and so on; MASS 7.3-58.2 negative.binomial(3.7)
  it("are those of R's families", () => {
    const close = (value: number, expected: number) => expect(value / expected).toBeCloseTo(1, 12);
    close(binomialDeviance(0, 4, 0.2), 1.7851484105137);
    close(binomialDeviance(3, 3, 0.7), 2.1400496636324);
    close(binomialDeviance(3, 10, 0.5), 1.645657570101);
    close(poissonDeviance(0, 1.5), 3);
    close(poissonDeviance(3, 2), 0.43279064864899);
    close(gammaDeviance(2, 1.5), 0.091302521763105);
    close(gammaDeviance(0.1, 2), 4.091464547107982);
    close(negativeBinomialDeviance(0, 1.5, 3.7), 2.5184109639353);
    close(negativeBinomialDeviance(3, 2, 3.7), 0.26679653779301);
  });
  it("keep their digits beside large means", () => {
    // (y − μ)²/μ to leading order
    expect(poissonDeviance(1e12 + 1000, 1e12) / 1e-6).toBeCloseTo(1, 8);
    expect(binomialDeviance(5e11 + 1000, 1e12, 0.5) / 4e-6).toBeCloseTo(1, 8);
  });
});
