/**
 * What each cluster adds to a robust covariance, in coordinates in which the model's own covariance of the estimate is the identity
 * (l'θ̂ has variance |l̃|², l̃ = L'l with LL' the covariance): with A_i the adjustment of the cluster's residuals
 *
 *   b_i = X_i'V_i⁻¹A_i e_i,  K_i = X_i'A_i'V_i⁻¹X_i,  T_i = X_i'V_i⁻¹A_iV_iA_i'V_i⁻¹X_i,
 *
 * so that the covariance is Σ b_i b_i', and under the model Cov(l'b_i, m'b_j) = [i = j] l'T_im − (K_il)'(K_jm).
 */

export interface ClusterTerms {
  readonly b: Float64Array;
  readonly K: Float64Array;
  readonly T: Float64Array;
}
