/**
 * Inverse links as plain numbers: μ = g⁻¹(η) with two derivatives, and g with one. Used where a mean is integrated over the
 * random effects; densities are traced instead (see `autodiff/`).
 */
import type { LinkName } from "../families/family.ts";
import { normalCdf, normalQuantile } from "../special/distributions.ts";
import { cauchyCdf } from "../special/links.ts";
import { sigmoid } from "../special/logistic.ts";

export interface LinkFunction {
  readonly name: LinkName;
  /** g⁻¹(η). */
  mean(eta: number): number;
  /** dμ/dη. */
  slope(eta: number): number;
  /** d²μ/dη². */
  curvature(eta: number): number;
  /** g(μ). */
  link(mu: number): number;
  /**
   * Distance of the nearest singularity of g⁻¹ from the real line (a half-width within which it stays moderate for entire functions):
   * it sets how fine the trapezoid of `population-mean.ts` must be.
   */
  readonly strip: number;
}

const inverseRootTwoPi = 0.3989422804014327;
const logisticSlope = (eta: number) => {
  const t = Math.exp(-Math.abs(eta));
  return t / ((1 + t) * (1 + t));
};
const normalDensity = (eta: number) => inverseRootTwoPi * Math.exp(-0.5 * eta * eta);

const links: Readonly<Record<LinkName, LinkFunction>> = {
  identity: {
    name: "identity",
    mean: (eta) => eta,
    slope: () => 1,
    curvature: () => 0,
    link: (mu) => mu,
    strip: Number.POSITIVE_INFINITY,
  },
  log: {
    name: "log",
    mean: Math.exp,
    slope: Math.exp,
    curvature: Math.exp,
    link: Math.log,
    strip: Number.POSITIVE_INFINITY,
  },
  logit: {
    name: "logit",
    mean: sigmoid,
    slope: logisticSlope,
    curvature: (eta) => -logisticSlope(eta) * Math.tanh(0.5 * eta),
    link: (mu) => Math.log(mu) - Math.log1p(-mu),
    strip: Math.PI,
  },
  probit: {
    name: "probit",
    mean: normalCdf,
    slope: normalDensity,
    curvature: (eta) => -eta * normalDensity(eta),
    link: normalQuantile,
    strip: Number.POSITIVE_INFINITY,
  },
  cloglog: {
    name: "cloglog",
    mean: (eta) => -Math.expm1(-Math.exp(eta)),
    slope: (eta) => Math.exp(eta - Math.exp(eta)),
    // exp(eta) overflows where the slope has long vanished
    curvature: (eta) => (eta > 7 ? 0 : Math.exp(eta - Math.exp(eta)) * (1 - Math.exp(eta))),
    link: (mu) => Math.log(-Math.log1p(-mu)),
    strip: Math.PI / 2,
  },
  loglog: {
    name: "loglog",
    mean: (eta) => Math.exp(-Math.exp(-eta)),
    slope: (eta) => Math.exp(-eta - Math.exp(-eta)),
    curvature: (eta) => (eta < -7 ? 0 : Math.exp(-eta - Math.exp(-eta)) * Math.expm1(-eta)),
    link: (mu) => -Math.log(-Math.log(mu)),
    strip: Math.PI / 2,
  },
  cauchit: {
    name: "cauchit",
    mean: cauchyCdf,
    slope: (eta) => 1 / (Math.PI * (1 + eta * eta)),
    curvature: (eta) => (-2 * eta) / (Math.PI * (1 + eta * eta) * (1 + eta * eta)),
    link: (mu) => Math.tan(Math.PI * (mu - 0.5)),
    strip: 1,
  },
  inverse: {
    name: "inverse",
    mean: (eta) => 1 / eta,
    slope: (eta) => -1 / (eta * eta),
    curvature: (eta) => 2 / (eta * eta * eta),
    link: (mu) => 1 / mu,
    strip: 0,
  },
  sqrt: {
    name: "sqrt",
    mean: (eta) => eta * eta,
    slope: (eta) => 2 * eta,
    curvature: () => 2,
    link: Math.sqrt,
    strip: Number.POSITIVE_INFINITY,
  },
};

/** The link of that name as plain numbers. */
export function linkFunction(name: LinkName): LinkFunction {
  return links[name];
}
