/** Reads a process's environment by a table of forms, and names every fault at once. Knows no variable, prints no value. */

export type Variables = Readonly<Record<string, string | undefined>>;

/** Variable → the form it must have, as a pattern and in words, and what it is when left away (else it is required). */
export type Forms = Readonly<Record<string, readonly [RegExp, string, string?]>>;

export const parts = (value: string) => value.split(',').filter(Boolean);

/** How to read a variable, and what is wrong with those that have another form. */
export function variables(forms: Forms, given: Variables) {
  const read = (name: string) => given[name] || (forms[name]?.[2] ?? '');
  const faults = Object.entries(forms)
    .filter(([name, [pattern]]) => !pattern.test(read(name)))
    .map(([name, form]) => fault(name, form, given));
  return { read, faults };
}

export const fault = (name: string, [, words]: Forms[string], given: Variables) =>
  `${name} (expected ${words}, got ${given[name] ? 'something else' : 'nothing'})`;

/** Throws one Error with one line. */
export function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`The environment can't be used: ${faults.join('; ')}`);
}
