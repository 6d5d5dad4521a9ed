/** Whether a file's name carries a hash of its contents, as bundlers write it. Looks at names only, and says no when in doubt: a wrong yes stays in browsers for a year. */

/** What lies there never changes under its name: SvelteKit and Next.js say so. */
const FOREVER = /(?:^|\/)_app\/immutable\/|(?:^|\/)_next\/static\//;
/** Where bundlers put what they hash: there a shorter or wordless token is believed. */
const BUNDLED = /(?:^|\/)(?:assets|static|chunks|build|media|_astro|_nuxt|immutable)\//;
const CODE = /\.(?:m?js|css)(?:\.map)?$/;
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i;

const LENGTHS = [8, 10, 12, 16, 20, 32, 40, 64].map((length) => `[\\da-f]{${length}}`).join('|');
/** webpack, CRA, Parcel, Gatsby, Next.js: hexadecimal between separators, the longer ones also at the begin. */
const HEX = new RegExp(`(?:[-._~]|^(?=[\\da-f]{16}))(${LENGTHS})(?=[-._])`, 'g');
/** esbuild, Angular: eight of base 32 before the ending. */
const BASE32 = /[-.]([A-Z2-7]{8})(?=\.[^/]+$)/;
/** Vite, Rollup, SvelteKit: eight of base 64 for URLs before the ending; the whole name where bundlers write. */
const BASE64 = /(?:^|[-.])([\w-]{8})(?=\.\w+(?:\.map)?$|_[\dA-Za-z]+\.\w+$)/;

const digit = (text: string) => /\d/.test(text);
const lower = (text: string) => /[a-z]/.test(text);
const upper = (text: string) => /[A-Z]/.test(text);
/** Changes between letters and digits: a word with a number behind it has one, a hash many. */
const changes = (text: string) => text.match(/\d(?=[a-z])|[a-z](?=\d)/gi)?.length ?? 0;

/** Whether people could have written it: each word in it has a vowel and, but for a plural, no three consonants in a row. */
const wordy = (text: string) =>
  (text.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? []).every(
    (word) => /[aeiouy]/i.test(word) && !/[^aeiouy]{3}/i.test(word.replace(/s$/i, '')) && !digit(word),
  );

const isHex = (token: string) => digit(token) && lower(token);

const isBase32 = (token: string, path: string) =>
  upper(token) && (digit(token) || (CODE.test(path) && lower(path) && !wordy(token)));

function isBase64(token: string, path: string): boolean {
  if (lower(token) && upper(token)) {
    if (digit(token) && !/[-_]/.test(token)) return BUNDLED.test(path) || CODE.test(path);
    return BUNDLED.test(path) && !wordy(token);
  }
  return BUNDLED.test(path) && /^[a-z\d]+$/.test(token) && changes(token) >= 4;
}

/** @param path relative, with `/` */
export function hasContentHash(path: string): boolean {
  if (FOREVER.test(path)) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (UUID.test(name)) return false;
  if ([...name.matchAll(HEX)].some(([, token = '']) => isHex(token))) return true;
  const [, base32] = BASE32.exec(name) ?? [];
  if (base32 && isBase32(base32, path)) return true;
  const [whole = '', base64] = BASE64.exec(name) ?? [];
  const atBegin = whole.length === 8 && name.startsWith(whole);
  if (!base64 || (atBegin && !BUNDLED.test(path))) return false;
  return isBase64(base64, path) || (atBegin && /^[\da-f]+$/.test(base64) && isHex(base64));
}
