/** Step size by dual averaging (Hoffman & Gelman 2014, "The No-U-Turn Sampler", §3.2, with their γ = 0.05, t₀ = 10, κ = 0.75). */

export interface DualAveragingState {
  readonly centre: number;
  readonly count: number;
  readonly error: number;
  readonly logStep: number;
  readonly logAveraged: number;
}

export interface DualAveraging {
  /** The step size to try next. */
  readonly stepSize: number;
  /** The averaged step size: what to keep when adaptation ends. */
  readonly averaged: number;
  /** Learns from a transition's mean acceptance probability. */
  update(acceptance: number): void;
  /** Starts anew from a step size. */
  restart(stepSize: number): void;
  state(): DualAveragingState;
  /** Goes on from what `state()` returned. */
  restore(state: DualAveragingState): void;
}

export function dualAveraging(target: number, start: number): DualAveraging {
  const gamma = 0.05;
  const t0 = 10;
  const kappa = 0.75;
  let centre = 0;
  let count = 0;
  let error = 0;
  let logStep = 0;
  let logAveraged = 0;
  const restart = (stepSize: number) => {
    centre = Math.log(10 * stepSize);
    count = 0;
    error = 0;
    logStep = Math.log(stepSize);
    logAveraged = logStep;
  };
  restart(start);
  return {
    get stepSize() {
      return Math.exp(logStep);
    },
    get averaged() {
      return Math.exp(logAveraged);
    },
    update(acceptance) {
      count++;
      const weight = 1 / (count + t0);
      error = (1 - weight) * error + weight * (target - acceptance);
      logStep = centre - (Math.sqrt(count) / gamma) * error;
      const decay = count ** -kappa;
      logAveraged = decay * logStep + (1 - decay) * logAveraged;
    },
    restart,
    state: () => ({ centre, count, error, logStep, logAveraged }),
    restore(state) {
      ({ centre, count, error, logStep, logAveraged } = state);
    },
  };
}
