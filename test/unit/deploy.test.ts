import { asks, refusal } from '../../lib/commands/account';
import { called, parsed } from '../../lib/commands/arguments';
import { deploy, deployment } from '../../lib/commands/deploy';
import { environment } from '../../lib/config';

const config = { ...environment('prod'), account: '111111111111' };
const right = { account: '111111111111', region: 'eu-west-1' };

describe('a deployment', () => {
  it('explains itself without credentials', async () => {
    const said = jest.spyOn(console, 'log').mockImplementation();
    expect(await deploy(config, ['--help'])).toBe(0);
    expect(said).toHaveBeenCalledWith(expect.stringMatching(/^npm run deploy -- .*--env NAME/));
    said.mockRestore();
  });

  it('goes on with the credentials of the account and region configured', () => {
    expect(refusal(config, right)).toBeUndefined();
  });

  it('is refused to the credentials of another account', () => {
    expect(refusal(config, { ...right, account: '222222222222' })).toBe(
      'account: expected 111111111111 (lib/config/prod.ts), got credentials of 222222222222; use a profile of that account (AWS_PROFILE=…)',
    );
  });

  it('is refused in another region', () => {
    expect(refusal(config, { ...right, region: 'us-west-2' })).toContain('expected eu-west-1');
  });

  it('asks a person where the environment says so, and nobody in CI', () => {
    expect([asks(config, false), asks(config, true), asks(environment('staging'), false)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

it.each([
  [[], false, ['deploy', '--all']],
  [['Holdfast/Data'], false, ['deploy', 'Holdfast/Data']],
  [['*/Data', '--concurrency', '4'], false, ['deploy', '*/Data', '--concurrency', '4']],
  [[], true, ['deploy', '--all', '--require-approval=never']],
  [['--require-approval', 'broadening'], true, ['deploy', '--all', '--require-approval', 'broadening']],
])('%j, in CI: %s, tells the CLI %j', (rest, ci, words) => {
  expect(deployment(rest, ci)).toEqual(words);
});

it.each([
  [['--env', 'prod'], 'prod'],
  [['--env=prod'], 'prod'],
  [['-c', 'env=prod'], 'prod'],
  [['--context=env=prod'], 'prod'],
  [[], 'dev'],
])('%j names the environment %s', (words, name) => {
  expect(called(words)).toEqual({ environment: name, rest: [] });
});

it('hands on what it does not know', () => {
  expect(called(['Backend', '--env', 'dev', '--strict', '-c', 'a=b']).rest).toEqual([
    'Backend',
    '--strict',
    '-c',
    'a=b',
  ]);
});

it('refuses --env without a name', () => {
  expect(() => called(['--env'])).toThrow('--env: expected the name of an environment, got nothing');
});

describe('an option before `--`, which npm keeps for itself,', () => {
  afterEach(() => {
    delete process.env.npm_config_env;
    delete process.env.npm_config_once;
  });

  it('is refused, so that nobody deploys the default environment instead', () => {
    process.env.npm_config_env = 'prod';
    expect(() => called([])).toThrow("--env: expected behind '--'");
  });

  it('is refused by a command with options of its own too', () => {
    process.env.npm_config_once = 'true';
    expect(() => parsed([], { once: { type: 'boolean' } }, 'usage')).toThrow("--once: expected behind '--'");
  });
});
