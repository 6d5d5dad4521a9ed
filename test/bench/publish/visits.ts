/** Visitors who load pages while a release is published, and how many pages lacked something. */
import { createHash } from 'node:crypto';
import type { Bucket } from '../../../lambda/release-publisher/bucket/bucket';
import { bucketAt, makeBucket } from '../../support/s3';
import { broken, type Files, makeSite } from '../../support/sites';
import { zipOf } from '../../support/zip';
import { publishWith, type Tool } from './tools';

const VISITORS = 6;
const LEAST_LOADS = 500;
const PAGES = 20;
const ASSETS = 400;
const OF_A_PAGE = 8;

const pageName = (page: number) => (page === 0 ? 'index.html' : `pages/${page}.html`);

/** Every asset has another name in every version, as after a change to what all of them share. */
function version(number: number): Files {
  const assets = Array.from({ length: ASSETS }, (_, at) => {
    const text = `version ${number} of asset ${at} `.repeat(600);
    return [`assets/chunk-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`, text] as const;
  });
  const pages = Array.from({ length: PAGES }, (_, page) => {
    const named = Array.from({ length: OF_A_PAGE }, (_, at) => assets[page * OF_A_PAGE + at]?.[0]);
    return [pageName(page), named.map((name) => `<script src="/${name}"></script>`).join('\n')] as const;
  });
  return Object.fromEntries([...assets, ...pages]);
}

export interface Visits {
  readonly loads: number;
  readonly broken: number;
}

async function visitUntil(over: () => boolean, bucket: Bucket): Promise<Visits> {
  let loads = 0;
  let wrong = 0;
  const visitor = async (first: number) => {
    for (let page = first; !over(); page = (page + 1) % PAGES) {
      const lacking = await broken(bucket, pageName(page));
      loads++;
      if (lacking.length > 0) wrong++;
    }
  };
  await Promise.all(Array.from({ length: VISITORS }, (_, at) => visitor(at)));
  return { loads, broken: wrong };
}

/** Releases, one after another, until enough pages were loaded during them. */
export async function visitsDuring(tool: Tool, server: string, endpoint: string, state: string): Promise<Visits> {
  const bucket = `visits-${tool.toLowerCase().replaceAll(' ', '-')}`;
  await makeBucket(server, bucket);
  const publish = async (number: number) => {
    const files = version(number);
    const folder = makeSite(`${state}/version`, files);
    const zip = `visits-${number}.zip`;
    await bucketAt(server, 'assets').put(zip, { contentType: '', cacheControl: '' }, await zipOf(files));
    return publishWith(tool, { endpoint, bucket, folder, zip });
  };
  await publish(0);
  let total: Visits = { loads: 0, broken: 0 };
  for (let number = 1; total.loads < LEAST_LOADS; number++) {
    let over = false;
    const publishing = publish(number).finally(() => {
      over = true;
    });
    const seen = await visitUntil(() => over, bucketAt(endpoint, bucket));
    await publishing;
    total = { loads: total.loads + seen.loads, broken: total.broken + seen.broken };
  }
  return total;
}
