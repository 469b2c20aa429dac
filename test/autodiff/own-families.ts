/** Families a user might write, partly in plain tfjs operations. */
import * as tf from "@tensorflow/tfjs-core";
import { defineFamily } from "../../src/families/define-family.ts";
import type { Family } from "../../src/families/family.ts";

/** Student's t with a predictor for the log of the scale and global degrees of freedom. */
export function locationScaleStudent(): Family {
  return defineFamily<tf.Tensor>({
    name: "studentT",
    link: "identity",
    predictors: ["mu", "disp"],
    parameters: [{ name: "degrees", support: "positive" }],
    logDensity(ops, { eta, parameter, column }) {
      const nu = parameter["degrees"]!;
      const half = ops.mul(0.5, nu);
      const z = tf.div(tf.sub(column["y"]!, eta[0]!), tf.exp(eta[1]!));
      const kernel = tf.mul(ops.mul(0.5, ops.add(nu, 1)), tf.log1p(tf.div(tf.square(z), nu)));
      const constant = ops.sub(
        ops.lgamma(ops.add(half, 0.5)),
        ops.add(ops.lgamma(half), ops.mul(0.5, ops.log(ops.mul(Math.PI, nu)))),
      );
      return tf.sub(tf.sub(constant, eta[1]!), kernel);
    },
    mean: (_ops, { eta }) => eta[0]!,
    variance(ops, { eta, parameter }) {
      const nu = parameter["degrees"]!;
      return ops.mul(ops.exp(ops.mul(2, eta[1]!)), ops.div(nu, ops.sub(nu, 2)));
    },
  });
}

/** Zero-inflated Poisson: a class a kind of row. */
export function zeroInflatedPoisson(): Family {
  return defineFamily<tf.Tensor>({
    name: "zip",
    predictors: ["mu", "zi"],
    classes: 2,
    classOf: (column) => (column["y"] === 0 ? 0 : 1),
    logDensity(ops, { eta, column }, rowClass) {
      const [x, z] = eta as [tf.Tensor, tf.Tensor];
      const mu = tf.exp(x);
      // log(p + (1 − p) e^−μ) = softplus(z + μ) − μ − softplus(z)
      if (rowClass === 0) return tf.sub(tf.sub(tf.softplus(tf.add(z, mu)), mu), tf.softplus(z));
      const y = column["y"]!;
      return tf.sub(tf.sub(tf.sub(tf.mul(y, x), mu), ops.lgamma(ops.add(y, 1))), tf.softplus(z));
    },
    mean: (_ops, { eta }) => tf.mul(tf.exp(eta[0]!), tf.sigmoid(tf.neg(eta[1]!))),
  });
}
