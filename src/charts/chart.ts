/** A chart: unconstrained coordinates z ↔ natural parameters x of one block. */
export interface Chart {
  /** Number of unconstrained coordinates. */
  readonly size: number;
  /** Number of natural parameters. */
  readonly naturalSize: number;
  toNatural(z: Float64Array, x: Float64Array): void;
  toUnconstrained(x: Float64Array, z: Float64Array): void;
  /** dz += (∂x/∂z)' dx. */
  pullback(z: Float64Array, dx: Float64Array, dz: Float64Array): void;
  /** log|∂x/∂z| where the chart is square on the scale priors are stated on; adds its gradient to `dz` when given. */
  logJacobian(z: Float64Array, dz?: Float64Array): number;
}
