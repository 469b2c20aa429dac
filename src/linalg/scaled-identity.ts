/** c I, n × n row-major. */
export function scaledIdentity(n: number, c: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = c;
  return matrix;
}
