/** Fields that differ in the blanks around them alone, and so become one text. */

/** The blanks around the fields of a column: noted while a file is read. */
export class PaddedFields {
  /** By text without blanks: the ways it was written with them, and how many fields that were. */
  readonly #forms = new Map<string, { readonly written: Set<string>; fields: number }>();

  note(text: string, written: string): void {
    const form = this.#forms.get(text);
    if (!form) this.#forms.set(text, { written: new Set([written]), fields: 1 });
    else {
      form.written.add(written);
      form.fields++;
    }
  }

  /** The texts among the fields, blanks trimmed, that were written in more than one way. */
  merged(fields: readonly string[]): string[] {
    const counts = new Map([...this.#forms.keys()].map((text) => [text, 0]));
    for (const field of fields) {
      const count = counts.get(field);
      if (count !== undefined) counts.set(field, count + 1);
    }
    return [...this.#forms]
      .filter(([text, { written, fields: padded }]) => written.size > 1 || counts.get(text)! > padded)
      .map(([text]) => text);
  }
}
