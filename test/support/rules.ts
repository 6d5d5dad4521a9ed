/** Rules over the resources of every template: what each is about and what must hold. A broken one names the places. */
import { ALL_TEMPLATES, type Located, resourcesOf } from './assemblies';

export type Rule = readonly [claim: string, about: readonly Located[], holds: (resource: Located) => boolean];

export const of = (...types: readonly string[]): readonly Located[] => resourcesOf(ALL_TEMPLATES, ...types);

/** JSON, for rules that only ask whether something occurs. */
export const text = (value: unknown): string => JSON.stringify(value ?? null);

/** What in the same stack refers to this resource. */
export const referringTo = ({ where }: Located, type: string): readonly Located[] => {
  const id = where.lastIndexOf('/') + 1;
  const refers = ({ Properties }: Located) => text(Properties).includes(`"${where.slice(id)}"`);
  return of(type).filter((other) => other.where.startsWith(where.slice(0, id)) && refers(other));
};

export const breaking = (about: readonly Located[], holds: (resource: Located) => boolean): readonly string[] =>
  about.filter((resource) => !holds(resource)).map(({ where }) => where);

/** One test for each; a rule about nothing fails too. */
export const everywhere = (rules: readonly Rule[]): void =>
  it.each(rules)('%s', (_, about, holds) => {
    expect(about.length).toBeGreaterThan(0);
    expect(breaking(about, holds)).toEqual([]);
  });

/** Every value below, with the key it stands under, outermost first. */
export const values = (value: unknown, key = ''): readonly (readonly [string, unknown])[] => [
  [key, value],
  ...(value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([name, inner]) => values(inner, Array.isArray(value) ? key : name))
    : []),
];
