/** What CloudFront hears of a release, by AWS's own client against a server that answers as CloudFront does. No cache is emptied here. */
import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { end, listen, portOf } from '../support/nginx';
import { publisher } from '../support/publisher';
import { build, makeSite } from '../support/sites';

const world = publisher(__filename);
const DISTRIBUTION = 'E2EXAMPLE';

interface Heard {
  readonly url: string;
  readonly reference: string;
  readonly paths: readonly string[];
}

let cloudfront: Server;
let heard: Heard[] = [];
/** Answers in turn, then success. */
let statuses: number[] = [];

const tags = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)<`, 'g'))].map(([, value = '']) => value);

beforeAll(async () => {
  cloudfront = await listen(async (asked, answer) => {
    const body = await text(asked);
    heard.push({ url: asked.url ?? '', reference: tags(body, 'CallerReference')[0] ?? '', paths: tags(body, 'Path') });
    answer.writeHead(statuses.shift() ?? 201, { 'content-type': 'text/xml' });
    answer.end('<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>');
  });
});
afterAll(() => end(cloudfront));
beforeEach(() => {
  heard = [];
  statuses = [];
});

const publish = (version: string) => {
  const source = makeSite(`${world.state}/build`, { ...build(version), 'ä b+c.txt': version });
  const env = { AWS_ENDPOINT_URL_CLOUDFRONT: `http://127.0.0.1:${portOf(cloudfront)}` };
  return world.spawn(['--source', source, '--distribution', DISTRIBUTION, '--json'], env).ran;
};
const invalidated = ({ out }: { out: string }): number => JSON.parse(out).invalidated;
const CHANGED = ['/%C3%A4%20b%2Bc.txt', '/about/index.html', '/index.html', '/robots.txt'];

it('nothing with the first release, and nothing without a change', async () => {
  expect(invalidated(await publish('1'))).toBe(0);
  expect(invalidated(await publish('1'))).toBe(0);
  expect(heard).toEqual([]);
});

it('the changed paths and no others, encoded', async () => {
  await publish('1');
  expect(invalidated(await publish('2'))).toBe(4);
  expect(heard).toHaveLength(1);
  expect(heard[0]?.url).toContain(`/distribution/${DISTRIBUTION}/invalidation`);
  expect([...(heard[0]?.paths ?? [])].sort()).toEqual(CHANGED);
});

it('again with the same reference when it is busy, and another reference with the next release', async () => {
  await publish('1');
  statuses = [503, 503];
  expect(await publish('2')).toMatchObject({ code: 0, err: '' });
  await publish('3');
  const references = heard.map(({ reference }) => reference);
  expect(references).toHaveLength(4);
  expect(new Set(references.slice(0, 3)).size).toBe(1);
  expect(references[3]).not.toBe(references[0]);
});

it('a failure is a warning with the command that repeats it: the site is published', async () => {
  await publish('1');
  statuses = [403];
  const { code, out, err } = await publish('2');
  expect([code, invalidated({ out })]).toEqual([0, 0]);
  expect(err).toContain(`repeat: aws cloudfront create-invalidation --distribution-id ${DISTRIBUTION} --paths '/`);
  for (const path of CHANGED) expect(err).toContain(`'${path}'`);
});
