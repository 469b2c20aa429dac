/** The expression tree of a formula: what R would evaluate in the data frame. Frozen, JSON-serialisable. */

/** Functions a formula may call. Everything else is a fault. */
export type FunctionName =
  | "I"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "exp"
  | "expm1"
  | "sqrt"
  | "abs"
  | "sin"
  | "cos"
  | "tan"
  | "tanh"
  | "atan"
  | "plogis"
  | "pnorm"
  | "poly"
  | "scale"
  | "factor";

export type Expression =
  | { readonly kind: "column"; readonly name: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "logical"; readonly value: boolean }
  | { readonly kind: "unary"; readonly operator: "-" | "+"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: "+" | "-" | "*" | "/" | "^" | ":";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "call";
      readonly name: FunctionName;
      readonly arguments: readonly Expression[];
      /** Named arguments, as `poly(x, degree = 2)`. */
      readonly named: Readonly<Record<string, Expression>>;
    };
