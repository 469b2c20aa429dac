/** Columns that options of averages name, checked by the compiler where it knows the columns of the fit's table. */
import type { AnyColumns, ByColumn, ColumnTexts, TermText, TermTexts } from "../dsl/column-types.ts";
import type { EstimatingEquations } from "../frequentist/gee/estimating-equations.ts";
import type { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import type { Model } from "../model-builder.ts";
import type { Posterior } from "../samplers/posterior.ts";

/** The columns of the table of a declaration. */
export type ColumnsOfDeclaration<D> = D extends Model<infer C> ? C : AnyColumns;

/** The columns of the table of a fit; of several fits side by side those of any of them. */
export type ColumnsOfFit<F> =
  F extends MaximumLikelihood<infer D>
    ? ColumnsOfDeclaration<D>
    : F extends Posterior<infer C> | EstimatingEquations<infer C>
      ? C
      : F extends { readonly kind: string }
        ? AnyColumns
        : F extends Readonly<Record<string, infer Each>>
          ? ColumnsOfFit<Each>
          : AnyColumns;

/** The columns of the table of a fit, or of a declaration. */
export type ColumnsOfSource<S> = S extends Model<infer C> ? C : ColumnsOfFit<S>;

/** Options that say by which columns to average, at which values, and what to contrast. */
export interface ColumnsToAverage<C, By, At, Contrast> {
  readonly by?: ColumnTexts<C, By> | undefined;
  readonly at?: ByColumn<C, At> | undefined;
  readonly contrastColumn?: ColumnTexts<C, Contrast> | undefined;
}

/** The grouping factor of an option `group`: a column, or an interaction as `"a:b"`. */
export interface ColumnsToGroup<C, Group extends string> {
  readonly group?: TermText<C, Group> | undefined;
}

/** What is left out of a fit: each `row`, or a grouping factor. */
export type UnitText<C, By extends string> = By extends "row" ? By : TermText<C, By>;

/** The clusters of an option `cluster`: one or several columns; `"a:b"` is the same as `["a", "b"]`. */
export interface ColumnsToCluster<C, One extends string, Several extends readonly string[]> {
  readonly cluster?: TermText<C, One> | TermTexts<C, Several> | undefined;
}

/** What is drawn within clusters, by an option `within`. */
export interface ColumnsWithin<C, One extends string, Several extends readonly string[]> {
  readonly within?: TermText<C, One> | TermTexts<C, Several> | undefined;
}
