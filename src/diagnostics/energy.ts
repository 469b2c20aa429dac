/** Diagnostics of the Hamiltonian energy. */
import { notEnergies } from "../messages/chains.ts";
import { DeclarationError } from "../messages/issue.ts";
import { isNumbers } from "../options/array-of-numbers.ts";
import { variance } from "./chains.ts";

/**
 * Estimated Bayesian fraction of missing information of one chain, mean (E_t − E_{t−1})² / var E; below 0.3 momentum resampling explores
 * the energy slowly (Betancourt 2016, "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo").
 *
 * @throws DeclarationError for what is no array of numbers
 */
export function ebfmi(given: ArrayLike<number>): number {
  if (!isNumbers(given)) throw new DeclarationError([notEnergies(given)]);
  const energies = Float64Array.from(given);
  let sum = 0;
  for (let t = 1; t < energies.length; t++) sum += (energies[t]! - energies[t - 1]!) ** 2;
  return sum / energies.length / variance(energies);
}
