/** The rules of `npm run load`: what it may be pointed at, how much it sends at most, and its verdict. It sends nothing here. */
import { judge, Measured } from '../../lib/commands/load/measured';
import { loadOptions } from '../../lib/commands/load/options';
import { VISIT } from '../../lib/commands/load/visit';

const LOCAL = 'http://d111.cloudfront.localhost:4566/';

describe('the options', () => {
  it('have defaults but for the URL', () => {
    expect(loadOptions(['--url', LOCAL])).toEqual({ url: new URL(LOCAL), rate: 20, duration: 60 });
  });

  it.each(['http://localhost:1', 'http://127.3.4.5', 'http://[::1]:80', LOCAL])('take %s for this machine', (url) => {
    expect(loadOptions(['--url', url])).toBeInstanceOf(Object);
  });

  it.each([
    'https://www.example.com/',
    'http://10.0.0.1/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://0.0.0.0/',
  ])('refuse %s unless it is allowed', (url) => {
    expect(() => loadOptions(['--url', url])).toThrow(/^--url: expected this machine, got \S+; add --allow-remote .*$/);
    expect(loadOptions(['--url', url, '--allow-remote'])).toMatchObject({ url: new URL(url) });
  });

  it.each([
    '',
    'nonsense',
    'ftp://localhost/',
    'http://localhost/path',
    'http://localhost/?a=1',
    'http://me@localhost/',
  ])('refuse the URL %j', (url) => {
    expect(() => loadOptions(['--url', url])).toThrow(
      /^--url: expected http:\/\/HOST:PORT\/ or https:\/\/HOST\/, got .*$/,
    );
  });

  it.each([
    ['rate', '0'],
    ['rate', '501'],
    ['rate', '1.5'],
    ['rate', 'many'],
    ['duration', '0'],
    ['duration', '901'],
    ['duration', ''],
  ])('refuse --%s %j', (name, value) => {
    expect(() => loadOptions(['--url', LOCAL, `--${name}`, value])).toThrow(
      new RegExp(`^--${name}: expected a whole number from 1 to \\d+, got '${value}'$`),
    );
  });

  it('refuse what they do not know in one line', () => {
    expect(() => loadOptions(['--speed', '3'])).toThrow(
      /^Unknown option '--speed'; usage: npm run load -- --url URL .*$/,
    );
  });
});

it('keeps one visitor well below the limit of an address', () => {
  const limited = VISIT.filter((step) =>
    step.path({ email: '', password: '', assets: ['/a'], cookie: '' })?.startsWith('/api/'),
  );
  expect(limited.length).toBeLessThanOrEqual(50);
});

describe('the verdict', () => {
  const verdictOn = (answers: readonly (readonly [count: number, ms: number, status: number])[]) => {
    const measured = new Measured();
    for (const [count, ms, status] of answers)
      for (let each = 0; each < count; each++)
        measured.add('page', ms, status, status === 200 ? undefined : `${status}`);
    return judge(measured.all()).map(({ holds }) => holds);
  };

  it('passes quick answers', () => {
    expect(verdictOn([[100, 10, 200]])).toEqual([true, true, true]);
  });

  it('fails when more than 5 of 100 answers are slow', () => {
    expect(
      verdictOn([
        [94, 10, 200],
        [6, 250, 200],
      ]),
    ).toEqual([false, true, true]);
    expect(
      verdictOn([
        [96, 10, 200],
        [4, 250, 200],
      ]),
    ).toEqual([true, true, true]);
  });

  it('fails at 1 error in 100', () => {
    expect(
      verdictOn([
        [99, 10, 200],
        [1, 10, 503],
      ]),
    ).toEqual([true, false, true]);
  });

  it('counts refusals of the rate limit neither as quick answers nor as errors, and fails', () => {
    expect(
      verdictOn([
        [50, 250, 200],
        [950, 1, 429],
      ]),
    ).toEqual([false, true, false]);
  });

  it('fails when nothing was answered', () => {
    expect(verdictOn([])).toEqual([false, false, true]);
    expect(verdictOn([[10, 1, 429]])).toEqual([false, false, false]);
  });
});
