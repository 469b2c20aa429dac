/** Set up for every test: the integrals of compiled models, which a program has loaded with its first fit. */
import "../src/marginal/create.ts";
