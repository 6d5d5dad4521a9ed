/** What visitors and health checks get while maintenance is on, at the balancer and at the edge, and what the command turns. */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { answer } from '../../lambda/maintenance-page/answer';
import { maintenance } from '../../lib/commands/maintenance';
import { switched } from '../../lib/commands/maintenance/edge';

const PAGE = readFileSync('constructs/edge/page-function.js', 'utf8');
const atEdge = (code: string, uri: string) => {
  const event = { request: { uri, querystring: {}, headers: { host: { value: 'www.example.com' } } } };
  return runInNewContext(`${code}\nhandler(event)`, { event });
};

describe('at the balancer', () => {
  it.each(['/', '/some/page', '/apiary', '/assets/app.js'])('%s is a page with 503 and Retry-After', (path) => {
    expect(answer(path)).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '120', 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' },
    });
  });

  it.each(['/api/products', '/ws'])('%s is JSON with 503 and Retry-After', (path) => {
    expect(answer(path)).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': '120', 'content-type': 'application/json' },
    });
  });

  it.each(['/livez', '/health', '/health.txt'])('%s stays healthy, so that DNS leads nobody elsewhere', (path) => {
    expect(answer(path).statusCode).toBe(200);
  });
});

describe('at the edge', () => {
  const closed = switched('Page', PAGE, true) ?? '';

  it('a page is 503 with Retry-After once the switch is turned, and not before', () => {
    expect(atEdge(closed, '/some/page')).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': { value: answer('/').headers['retry-after'] } },
      body: { data: answer('/').body },
    });
    expect(atEdge(PAGE, '/some/page')).toMatchObject({ uri: '/index.html' });
  });

  it('health.txt is asked of the bucket as ever', () => {
    expect(atEdge(closed, '/health.txt')).toMatchObject({ uri: '/health.txt' });
  });

  it('the switch turned back leaves the code as it was', () => {
    expect(switched('Page', closed, false)).toBe(PAGE);
  });

  it('what is as wished is left alone, and what has no switch is refused', () => {
    expect(switched('Page', closed, true)).toBeUndefined();
    expect(() => switched('Page', 'function handler() {}', true)).toThrow(
      "Page: expected a line 'const MAINTENANCE = false;' in the function, got none; deploy again",
    );
  });

  it('the function stays within the 10 KB that CloudFront takes', () => {
    expect(Buffer.byteLength(closed)).toBeLessThan(10_240);
  });
});

it.each([[[]], [['of']], [['on', 'off']]])('the command refuses %j with its usage', async (words) => {
  await expect(
    maintenance(words, () => {
      throw new Error('asked');
    }),
  ).rejects.toThrow(/^expected on or off, got .*; usage: npm run maint/);
});
