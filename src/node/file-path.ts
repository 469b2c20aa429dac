/** The `URL` that a program has types of, by `lib.dom` or `@types/node`; one that has none of them compiles too. */
export type PlatformURL = typeof globalThis extends {
  URL: { prototype: infer Address extends { readonly href: string } };
}
  ? Address
  : { readonly href: string };

/** The address of a file, as `new URL("herds.csv", import.meta.url)`. */
export interface FileURL extends PlatformURL {}

/** Where a file is: a path, or its `file:` address. */
export type FilePath = string | FileURL;
