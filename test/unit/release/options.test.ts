/** The words of `npm run release`: which it takes, and how it refuses the others. What it does with them: command.test.ts. */
import { releaseOptions } from '../../../lib/commands/release/options';

describe('the command', () => {
  it.each([
    [['--env', 'prd'], "--env: expected one of dev, staging, prod, got 'prd'; did you mean prod?"],
    [
      ['--strategy', 'blue'],
      "--strategy: expected one of rolling, blue-green, canary, got 'blue'; did you mean blue-green?",
    ],
    [['--rollback', '--watch'], 'expected one of --rollback, --resume and --watch, got rollback, watch'],
    [['--watch', '--strategy', 'canary'], '--strategy: expected with a new rollout'],
    [['--region', 'eu-central-1', '--watch'], '--region: expected alone, got it with --watch'],
    [['--force'], "Unknown option '--force'"],
  ])('refuses %j in one line', (words, what) => {
    expect(() => releaseOptions(words)).toThrow(what);
    expect(() => releaseOptions(words)).toThrow(/^[^\n]*$/);
  });

  it.each([
    [[], { action: 'release', env: 'dev', to: '' }],
    [['--rollback'], { action: 'rollback', to: '' }],
    [['--rollback', 'abc', '--env', 'prod'], { action: 'rollback', to: 'abc', env: 'prod' }],
    [['--rollback', '--json'], { action: 'rollback', to: '', json: true }],
  ])('takes %j', (words, options) => {
    expect(releaseOptions(words)).toMatchObject(options);
  });
});
