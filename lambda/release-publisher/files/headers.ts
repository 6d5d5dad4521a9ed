/** What a file is served with, and when in a release it is written: by its name alone. */
import { contentType } from 'mime-types';
import { hasContentHash } from './content-hash';

export interface Headers {
  readonly contentType: string;
  readonly cacheControl: string;
}

/** In the order of a release: what is written later may name what was written before. */
export const STEPS = ['asset', 'other', 'page', 'index'] as const;
export type Step = (typeof STEPS)[number];

const FOREVER = 'public,max-age=31536000,immutable';
const REVALIDATE = 'public,max-age=0,must-revalidate';

/** What the list of IANA lacks, or knows as something else than the web does. */
const TYPES: Readonly<Record<string, string>> = {
  map: 'application/json; charset=utf-8',
  ico: 'image/x-icon',
  cur: 'image/x-icon',
  xml: 'application/xml; charset=utf-8',
  'apple-app-site-association': 'application/json; charset=utf-8',
};

const PAGE = /\.(?:html?|xhtml)$/i;
const SERVICE_WORKER = /^(?:.*[-.])?(?:sw|service-?worker|ngsw-worker|registersw)(?:[-.].*)?\.m?js$/i;
const MANIFEST = /manifest/i;

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** Browsers may keep it for a year: its name changes with its contents. Never a page, a service worker or a manifest. */
export const isImmutable = (path: string) =>
  hasContentHash(path) && ![PAGE, SERVICE_WORKER, MANIFEST].some((pattern) => pattern.test(nameOf(path)));

export function headersOf(path: string): Headers {
  const name = nameOf(path).toLowerCase();
  const ending = name.slice(name.lastIndexOf('.') + 1);
  return {
    contentType: TYPES[ending] ?? ((name.includes('.') && contentType(ending)) || 'application/octet-stream'),
    cacheControl: isImmutable(path) ? FOREVER : REVALIDATE,
  };
}

export function stepOf(path: string): Step {
  if (path === 'index.html') return 'index';
  if (PAGE.test(path)) return 'page';
  return isImmutable(path) ? 'asset' : 'other';
}
