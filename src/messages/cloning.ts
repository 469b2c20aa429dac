/**
 * What objects with methods, which structured cloning would lose, say when they are cloned or posted: a symbol among their properties cannot be, and the
 * error quotes its description.
 */
export const MODEL_NOT_CLONED = Symbol(
  "A model has methods and cannot be cloned or posted: send model.spec and the table, and make it again by modelFromJSON(spec, table)",
);

export const FIT_NOT_CLONED = Symbol(
  "A fit has methods and cannot be cloned or posted: send what saveFit(fit) gives, and read it by loadFit()",
);

/** The property of a fit that is a record, to be spread into it before all others. */
export const fitNotCloned: object = { uncloneable: FIT_NOT_CLONED };
