/** The name under which Node looks for what its console prints of an object; elsewhere nobody asks. */
export const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");
