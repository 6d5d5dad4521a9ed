/** How a server takes a release: the script of app/server, run with a stand-in for the AWS command line. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, standIn } from '../support/server-scripts';

function server() {
  const aws = standIn();
  const root = mkdtempSync(join(tmpdir(), 'holdfast-root-'));
  mkdirSync(join(root, 'releases'));
  const shas = new Map<string, string>();
  /** A release with a page, in the bucket. */
  const build = (id: string) => {
    const source = mkdtempSync(join(tmpdir(), 'holdfast-build-'));
    mkdirSync(join(source, 'site'));
    writeFileSync(join(source, 'site/index.html'), id);
    const { stdout } = spawnSync('tar', ['-c', '-C', source, 'site']);
    aws.object(`releases/${id}.tar`, stdout);
    shas.set(id, createHash('sha256').update(stdout).digest('hex'));
  };
  const point = (id: string) => {
    const release = { id, sha256: shas.get(id) ?? '0'.repeat(64) };
    return take({ fleets: { blue: release, green: { id: 'other', sha256: '0'.repeat(64) } } });
  };
  const take = (state: unknown) => {
    aws.object('services/backend.json', JSON.stringify(state));
    return run(aws, 'app/server/release.sh', [], {
      RELEASE_BUCKET: 'bucket',
      ROOT: root,
      SERVICE: 'backend',
      FLEET: 'blue',
    });
  };
  return {
    build,
    point,
    take,
    page: () => readFileSync(join(root, 'current/site/index.html'), 'utf8'),
    releases: () => readdirSync(join(root, 'releases')).sort(),
    shas,
  };
}

describe('a server that takes a release', () => {
  it('forgets all but the new one and the one that still runs', () => {
    const { build, point, page, releases } = server();
    for (const id of ['a', 'b', 'c']) {
      build(id);
      expect(point(id)).toEqual({ code: 0, said: '' });
    }
    expect([page(), releases()]).toEqual(['c', ['b', 'c']]);
  });

  it('goes back to a former one', () => {
    const { build, point, page } = server();
    for (const id of ['a', 'b']) build(id);
    for (const id of ['a', 'b', 'a']) point(id);
    expect(page()).toBe('a');
  });

  it('leaves what runs when the new one is not there', () => {
    const { build, point, page } = server();
    build('a');
    point('a');
    expect([point('gone').code, page()]).toEqual([1, 'a']);
  });

  it('refuses one whose bytes are not those expected, and leaves what runs', () => {
    const { build, point, page, releases, shas } = server();
    for (const id of ['a', 'b']) build(id);
    point('a');
    shas.set('b', 'f'.repeat(64));
    const { code, said } = point('b');
    expect([code, page(), releases()]).toEqual([1, 'a', ['a']]);
    expect(said).toContain(`release b: expected sha256 ${'f'.repeat(64)}, got another: not installed`);
  });

  it('is told when nothing is written down for its group', () => {
    const { take } = server();
    const { code, said } = take({ fleets: { green: { id: 'a', sha256: '0'.repeat(64) } } });
    expect(code).toBe(1);
    expect(said).toContain('services/backend.json: expected fleets.blue with id and sha256 of a release, got {}');
  });
});
