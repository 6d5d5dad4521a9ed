/** The function before the site's cache, run as CloudFront runs it: with an event, without a network. */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

const CODE = readFileSync('constructs/edge/page-function.js', 'utf8');
type Query = Readonly<Record<string, { readonly value: string; readonly multiValue?: readonly { value: string }[] }>>;

function run(uri: string, { host = 'www.example.com', name = 'www.example.com', querystring = {} as Query } = {}) {
  const event = { request: { uri, querystring, headers: { host: { value: host } } } };
  const code = CODE.replace("NAME = ''", `NAME = '${name}'`);
  return runInNewContext(`${code}\nhandler(event)`, { event });
}
const asked = (...of: Parameters<typeof run>): string => run(...of).uri;
const sent = (...of: Parameters<typeof run>): string => {
  const { statusCode, headers } = run(...of);
  return `${statusCode} ${headers.location.value}`;
};

describe('a path', () => {
  it.each([
    ['/', '/index.html'],
    ['/index.html', '/index.html'], // what CloudFront makes of / before it calls the function
    ['/login', '/index.html'],
    ['/users/42/', '/index.html'],
    ['/assets/app-1a2b.js', '/assets/app-1a2b.js'],
    ['/health.txt', '/health.txt'],
    ['/v1.2/users', '/index.html'],
  ])('%s asks the bucket for %s', (uri, expected) => {
    expect(asked(uri)).toBe(expected);
  });

  it.each([
    ['//', '301 /'],
    ['/users//42', '301 /users/42'],
    ['/a///b//c.js', '301 /a/b/c.js'],
  ])('%s is led to its one spelling: %s', (uri, expected) => {
    expect(sent(uri)).toBe(expected);
  });

  it.each(['//evil.example', '/\\evil.example', '//\\evil.example/x', '\\\\evil.example', '///evil.example//'])(
    '%s leads to no other site',
    (uri) => {
      const to = new URL(run(uri).headers.location.value, 'https://www.example.com');
      expect(to.host).toBe('www.example.com');
    },
  );

  it('keeps its query', () => {
    const querystring = { a: { value: '1' }, b: { value: '2', multiValue: [{ value: '2' }, { value: '%20' }] } };
    expect(sent('//', { querystring })).toBe('301 /?a=1&b=2&b=%20');
  });
});

describe("a visitor under CloudFront's name", () => {
  const host = 'd111111abcdef8.cloudfront.net';

  it('is led to the public one, with path and query', () => {
    expect(sent('/users//42', { host, querystring: { a: { value: '1' } } })).toBe(
      '301 https://www.example.com/users/42?a=1',
    );
  });

  it('stays where the site has no other', () => {
    expect(asked('/users/42', { host, name: '' })).toBe('/index.html');
  });

  it('is told of health there: a redirect would pass for healthy', () => {
    expect(asked('/health.txt', { host })).toBe('/health.txt');
  });
});
