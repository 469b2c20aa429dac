/** Texts about options of samplers. */
import type { Issue } from "./issue.ts";

export const stepsAndLength = (): Issue => ({
  code: "steps-and-length",
  path: ["hmc()", "length"],
  message: "hmc() takes the steps of a trajectory or its length, and both are given: leave one of them out.",
});

export const parameterisationOfIntegrated = (parameterisation: unknown): Issue => ({
  code: "parameterisation-of-integrated",
  path: ["sampler", "parameterisation"],
  message: `The parameterisation ${JSON.stringify(parameterisation)} is about random effects that are sampled, but the target "integrated" integrates them out; leave the parameterisation out, or ask for the target "joint".`,
});
