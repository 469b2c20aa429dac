/** What the Gaussian working model says of one term's Λ (or α) with coefficients and spherical effects fixed: a quadratic. */
import type { ExpansionLikelihood, FactorLikelihood } from "./covariance-given-spherical.ts";
import type { GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";
import { placeOf } from "./working-model.ts";

export function workingLikelihood(
  model: WorkingModel,
  state: GibbsState,
  t: number,
  diagonal: boolean,
): FactorLikelihood & ExpansionLikelihood {
  const { grouping, blocks, residual } = model;
  const { factor: f, at } = placeOf(grouping, t);
  const { q: width, base, levels } = grouping.factors[f]!;
  const block = blocks[f]!;
  const q = Math.sqrt(state.lambda[t]!.length);
  const u = state.u[t]!;
  const b = state.b[t]!;
  const rows: number[] = [];
  const columns: number[] = [];
  for (let c = 0; c < q; c++)
    for (let a = c; a < (diagonal ? c + 1 : q); a++) {
      rows.push(a);
      columns.push(c);
    }
  const size = rows.length;
  const M = new Float64Array(size * size);
  const m = new Float64Array(size);
  const own = new Float64Array(q);
  const entry = new Float64Array(size);

  /** Z_t'W(r − all but the term's own effects) of level l into `own`, times s. */
  function partialResidual(l: number): void {
    const s = model.scale;
    for (let a = 0; a < q; a++) {
      let sum = residual[base + l * width + at + a]!;
      const row = (l * width + at + a) * width + at;
      for (let c = 0; c < q; c++) sum += block[row + c]! * b[l * q + c]!;
      own[a] = s * sum;
    }
  }

  return {
    prepare() {
      model.updateResidual(state);
      const s = model.scale;
      M.fill(0);
      m.fill(0);
      for (let l = 0; l < levels; l++) {
        partialResidual(l);
        for (let e = 0; e < size; e++) {
          const left = u[l * q + columns[e]!]!;
          m[e]! += left * own[rows[e]!]!;
          const row = (l * width + at + rows[e]!) * width + at;
          for (let g = 0; g <= e; g++) M[e * size + g]! += s * left * u[l * q + columns[g]!]! * block[row + rows[g]!]!;
        }
      }
    },
    evaluate(lambda) {
      let sum = 0;
      for (let e = 0; e < size; e++) {
        const x = (entry[e] = lambda[rows[e]! * q + columns[e]!]!);
        sum += x * (m[e]! - 0.5 * M[e * size + e]! * x);
        for (let g = 0; g < e; g++) sum -= x * M[e * size + g]! * entry[g]!;
      }
      return sum;
    },
    settle() {},
    quadratic(xi, outM, outm) {
      model.updateResidual(state);
      const s = model.scale;
      outM.fill(0);
      outm.fill(0);
      for (let l = 0; l < levels; l++) {
        partialResidual(l);
        for (let a = 0; a < q; a++) {
          outm[a]! += xi[l * q + a]! * own[a]!;
          const row = (l * width + at + a) * width + at;
          for (let c = 0; c < q; c++) outM[a * q + c]! += s * xi[l * q + a]! * block[row + c]! * xi[l * q + c]!;
        }
      }
    },
  };
}
