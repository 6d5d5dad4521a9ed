/** What `npm run whatif` prints, and what it refuses. */
import { spawnSync } from 'node:child_process';

const command = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/bin/whatif.js', ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
};

it('says of a zone what takes over, for how long things are away and why, what is gone, and who is told', () => {
  const { status, stdout } = command('--env', 'prod', 'zone eu-west-1a');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^zone eu-west-1a of prod is lost\.\n/);
  expect(stdout).toMatch(/PostgreSQL, the primary .* → its standby in another zone/);
  expect(stdout).toMatch(/^API +away 121 s \(120 s \+ 1 s\)$/m);
  expect(stdout).toMatch(/^alarms +DatabaseUnreachable \(critical, eu-west-1\) after 2 min/m);
  expect(stdout).toMatch(/^figures +120 s: .*https:\/\/docs\.aws\.amazon\.com/m);
});

it('prints one JSON for programs, in whatever case the loss is written', () => {
  const { stdout } = command('--env', 'prod', '--json', 'cloudfront');
  expect(JSON.parse(stdout)).toMatchObject({
    environment: 'prod',
    loss: 'CloudFront',
    functions: { pages: { downSeconds: 96 }, jobs: { downSeconds: 0 } },
    alarms: expect.arrayContaining([expect.objectContaining({ name: 'SiteDown', region: 'us-east-1' })]),
  });
});

it('lists all that may be lost, of every kind', () => {
  const { stdout } = command('--env', 'prod', '--list');
  const kinds = [
    ...['zone eu-west-1a', 'instance', 'worker', 'balancer', 'NAT eu-west-1b', 'Redis primary', 'Redis node'],
    ...[
      'database primary',
      'replica Data.DatabaseReplica1',
      'bucket Edge.SiteBucket',
      'CloudFront',
      'queue Data.JobsQueue',
    ],
    ...['probe Uptime.UptimeFunctionHandler', 'SNS topic Alerting.TopicsCritical', 'KMS key Data.Key'],
    ...['secret Data.SessionsSecret', 'region us-east-1', 'account'],
  ];
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(kinds));
});

describe('a mistake is one line', () => {
  it.each([
    [['--env', 'prd', 'CloudFront'], 'environment: expected one of dev, staging, prod, got "prd"'],
    [['--env', 'prod'], /expected what is lost, got nothing; usage: npm run whatif/],
    [['--page', 'docs/none.md'], "--page: expected a Markdown page, got no file 'docs/none.md'"],
    [['--fast'], /--fast.*usage: npm run whatif/],
    [['--env', 'dev', 'zone eu-west-1x'], /such as zone eu-west-1a, zone eu-west-1b.*got 'zone eu-west-1x'/],
  ])('for %j', (words, line) => {
    const { status, lines } = command(...words);
    expect(status).toBe(1);
    expect(lines).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)]);
  });
});
