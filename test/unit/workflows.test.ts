/** The workflows of GitHub: what they run and may do. Their syntax is .ci/validate's, by actionlint. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { publishOptions } from '../../lib/commands/publish-frontend/options';
import { filesBelow } from '../support/files';

const FOLDER = '.github/workflows';
const text = (file: string) => readFileSync(file, 'utf8');

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const workflow = parse(text(`${FOLDER}/deploy-frontend.yml`));
const job = workflow.jobs.publish;
const steps: readonly Step[] = job.steps;
const step = (name: string) => steps.find((each) => each.name === name);

/** Runs the step's script with a stand-in for npm; returns what our command makes of the words it is given. */
function asked(name: string, env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-npm-'));
  writeFileSync(join(folder, 'npm'), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(join(folder, 'npm'), 0o755);
  const { stdout } = spawnSync('bash', ['-e', '-c', step(name)?.run ?? ''], {
    env: { PATH: `${folder}:${process.env.PATH}`, BUCKET: 'site', DISTRIBUTION: 'E1', REPLICAS: '', ...env },
    encoding: 'utf8',
  });
  const [run, silent, command, , ...words] = stdout.trimEnd().split('\n');
  expect([run, silent, command]).toEqual(['run', '--silent', 'publish-frontend']);
  return publishOptions(words);
}

it.each(filesBelow('.yml', FOLDER))('%s names every action by its commit, and says its version', (file) => {
  const used = text(file).match(/uses: .*/g) ?? [];
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((line) => !/^uses: [\w./-]+@[\da-f]{40} # v[\d.]+$/.test(line))).toEqual([]);
});

describe('the workflow that publishes the frontend', () => {
  it('may read the clone and ask for an identity, and nothing else', () => {
    expect([workflow.permissions, job.permissions]).toEqual([{}, { contents: 'read', 'id-token': 'write' }]);
  });

  it('runs on main alone, in a protected environment, one at a time and to its end', () => {
    expect([workflow.on.push.branches, job.if, job.environment, workflow.concurrency['cancel-in-progress']]).toEqual([
      ['main'],
      "github.ref == 'refs/heads/main'",
      'production',
      false,
    ]);
  });

  it('has the Node of the clone, and no key', () => {
    expect(steps.map((each) => each.with?.['node-version-file']).filter(Boolean)).toEqual(['.nvmrc']);
    expect(text(`${FOLDER}/deploy-frontend.yml`)).not.toContain('secrets.');
  });

  it('puts no input into a script', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  it('publishes what a push built, with a week of the files before it', () => {
    expect(step('Publish')?.if).toBe("github.event_name == 'push'");
    expect(asked('Publish', {})).toMatchObject({
      source: 'dist/frontend',
      bucket: 'site',
      distribution: 'E1',
      replicas: [],
      pruneAfterMs: 7 * 24 * 3_600_000,
    });
    expect(asked('Publish', { REPLICAS: 'copy other' })?.replicas).toEqual(['copy', 'other']);
  });

  it.each(['', 'r-12', '--help'])('rolls back by hand to the release that was typed: %p', (RELEASE) => {
    expect(step('Roll back')?.if).toBe("github.event_name == 'workflow_dispatch'");
    expect(asked('Roll back', { RELEASE })).toMatchObject({ rollback: RELEASE, bucket: 'site', source: undefined });
  });
});
