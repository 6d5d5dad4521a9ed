/** Takes out of an error report what may be a person's or a secret: addresses, tokens, access to servers. Not what the application never puts in: bodies and headers. */

/** In this order: what is most telling first. */
const MASKS: readonly (readonly [pattern: RegExp, mask: string])[] = [
  [/\/\/[^\s/@:]*:[^\s/@]*@/g, '//[access]@'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [token]'],
  [/[\w.+-]+(?:@|%40)[\w-]+(\.[\w-]+)+/g, '[email]'],
  [/\b\d{1,3}(\.\d{1,3}){3}\b/g, '[address]'],
  [/\b(?:[\da-f]{1,4}:){3,7}(?::?[\da-f]{1,4}){1,4}\b/gi, '[address]'],
  [/\b(password|passwd|secret|token|sid|cookie)(["']?\s*[=:]\s*["']?)[^\s"',;&)]+/gi, '$1$2[secret]'],
  [/\b[A-Za-z\d_-]{40,}\b/g, '[secret]'],
];
const MOST_CHARACTERS = 2000;

const text = (value: string) =>
  MASKS.reduce((masking, [pattern, mask]) => masking.replace(pattern, mask), value.slice(0, MOST_CHARACTERS));

/** A copy in which every text is masked, however deep it lies. */
export function masked<T>(value: T): T {
  if (typeof value === 'string') return text(value) as T;
  if (Array.isArray(value)) return value.map(masked) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)])) as T;
}
