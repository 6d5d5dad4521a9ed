/** Whether EventBridge would hand an event to a rule: of its documented patterns the kinds that our rules have, others throw. */
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function accepts(wanted: unknown, value: unknown): boolean {
  if (!isObject(wanted)) return wanted === value;
  const [[kind, text] = ['', '']] = Object.entries(wanted) as [string, string][];
  if (kind === 'exists') return (value !== undefined) === wanted.exists;
  if (typeof value !== 'string') return false;
  if (kind === 'anything-but') return !(wanted[kind] as readonly string[]).includes(value);
  if (kind === 'prefix') return value.startsWith(text);
  if (kind === 'wildcard') {
    const pieces = text.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${pieces.join('.*')}$`).test(value);
  }
  throw new Error(
    `event pattern: expected a text, prefix, wildcard, exists or anything-but, got ${JSON.stringify(wanted)}`,
  );
}

/** Every field of the pattern must be there; of a list one, of a list in the event any. */
export const matchesPattern = (pattern: Json, event: Json): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    const value = event[field];
    if (!Array.isArray(wanted)) return isObject(value) && matchesPattern(wanted as Json, value);
    const values = Array.isArray(value) ? value : [value];
    return wanted.some((one) => values.some((each) => accepts(one, each)));
  });
