/** The shape of a stored stream of random numbers. */
import { object } from "valibot";
import { savedNumber, savedNumbers, savedText } from "../data/saved-data.ts";

export const savedRng = object(
  {
    seed: savedText,
    generator: object({ i: savedNumber, w: savedNumber, X: savedNumbers }, "the state of a generator"),
    spare: savedNumber,
  },
  "the state of a stream of random numbers",
);
