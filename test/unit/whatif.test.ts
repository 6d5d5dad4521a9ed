/** What `npm run whatif` answers programs, and what it refuses. Its text: test/invariants/recovery.test.ts. */
import { spawnSync } from 'node:child_process';

const command = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/bin/whatif.js', ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
};

it('prints one JSON for programs, in whatever case the loss is written', () => {
  const { stdout } = command('--env', 'prod', '--json', 'cloudfront');
  expect(JSON.parse(stdout)).toMatchObject({
    environment: 'prod',
    loss: 'CloudFront',
    functions: { pages: { downSeconds: 96 }, jobs: { downSeconds: 0 } },
    alarms: expect.arrayContaining([expect.objectContaining({ name: 'SiteDown', region: 'us-east-1' })]),
  });
});

describe('a mistake is one line', () => {
  it.each([
    [['--env', 'prd', 'CloudFront'], 'environment: expected one of dev, staging, prod, got "prd"'],
    [['--env', 'prod'], /expected what is lost, got nothing; usage: npm run whatif/],
    [['--page', 'docs/none.md'], "--page: expected a Markdown page, got no file 'docs/none.md'"],
    [['--fast'], /--fast.*usage: npm run whatif/],
  ])('for %j', (words, line) => {
    const { status, lines } = command(...words);
    expect(status).toBe(1);
    expect(lines).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)]);
  });
});
