/**
 * Logit and negative-binomial likelihoods made Gaussian by Pólya-Gamma variables (Polson, Scott & Windle 2013, JASA 108, theorem 1):
 * e^{aψ}/(1 + e^ψ)^b ∝ e^{κψ} E[e^{−ωψ²/2}], κ = a − b/2, ω ~ PG(b, 0), and ω | ψ ~ PG(b, ψ).
 * Logit: ψ = η, a = y, b = trials. Negative binomial with size θ: ψ = η − log θ, a = y, b = y + θ (Zhou, Li, Dunson & Carin 2012).
 */
import { polyaGammaVariate } from "../../random/polya-gamma.ts";
import type { Block } from "./block.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/** The exponents of a row and the shift of its predictor: a and b multiplied by the row's weight, ψ = η − shift. */
export interface PolyaGammaForm {
  readonly a: Float64Array;
  readonly b: Float64Array;
  shift: number;
  /** Brings a, b and shift up to date with the family's parameters. */
  refresh(): void;
}

export function logitForm(successes: Float64Array, trials: Float64Array): PolyaGammaForm {
  return { a: successes, b: trials, shift: 0, refresh() {} };
}

export function negativeBinomialForm(
  y: Float64Array,
  multiplier: Float64Array | null,
  state: GibbsState,
): PolyaGammaForm {
  const b = new Float64Array(y.length);
  const a = multiplier ? y.map((value, i) => value * multiplier[i]!) : y;
  return {
    a,
    b,
    shift: 0,
    refresh() {
      const theta = state.phi[0]!;
      this.shift = Math.log(theta);
      for (let i = 0; i < y.length; i++) b[i] = (y[i]! + theta) * (multiplier ? multiplier[i]! : 1);
    },
  };
}

/** Draws ω of every row and sets the working model: response κ/ω + shift − offset, weight ω. */
export function polyaGammaVariables(
  { n, offset }: GibbsDesign,
  state: GibbsState,
  model: WorkingModel,
  form: PolyaGammaForm,
  omega: Float64Array,
): Block {
  const response = new Float64Array(n);
  const refresh = () => {
    for (let i = 0; i < n; i++)
      response[i] = omega[i]! > 0 ? (form.a[i]! - 0.5 * form.b[i]!) / omega[i]! + form.shift - offset[i]! : 0;
    model.update(omega, response);
  };
  return {
    name: "Pólya-Gamma variables",
    draw(rng) {
      form.refresh();
      for (let i = 0; i < n; i++) omega[i] = polyaGammaVariate(rng, form.b[i]!, state.eta[i]! - form.shift);
      refresh();
    },
    /** Without the part that is PG(b, 0)'s density, which η does not enter: Σ −ωψ²/2 + b log cosh(ψ/2). */
    logConditional() {
      form.refresh();
      refresh();
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const psi = Math.abs(state.eta[i]! - form.shift);
        sum += form.b[i]! * (0.5 * psi + Math.log1p(Math.exp(-psi)) - Math.LN2) - 0.5 * omega[i]! * psi * psi;
      }
      return sum;
    },
  };
}
