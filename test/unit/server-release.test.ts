/** How a server takes a release: the script of app/server, run with a stand-in for the AWS command line. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, standIn } from '../support/server-scripts';

function server() {
  const aws = standIn();
  const root = mkdtempSync(join(tmpdir(), 'holdfast-root-'));
  mkdirSync(join(root, 'releases'));
  const shas = new Map<string, string>();
  /** A release with a page and one asset, in the bucket. */
  const build = (id: string) => {
    const source = mkdtempSync(join(tmpdir(), 'holdfast-build-'));
    mkdirSync(join(source, 'site/assets'), { recursive: true });
    writeFileSync(join(source, 'site/index.html'), id);
    writeFileSync(join(source, `site/assets/${id}.js`), id);
    const { stdout } = spawnSync('tar', ['-c', '-C', source, 'site']);
    aws.object(`releases/${id}.tar`, stdout);
    shas.set(id, createHash('sha256').update(stdout).digest('hex'));
  };
  const item = (id: string) => ({ id, sha256: shas.get(id) ?? '0'.repeat(64) });
  const point = (id: string, ...previous: readonly string[]) => {
    aws.object(
      'current.json',
      JSON.stringify({ ...item(id), ...(previous.length && { previous: previous.map(item) }) }),
    );
    return run(aws, 'app/server/release.sh', [], { RELEASE_BUCKET: 'bucket', ROOT: root });
  };
  return {
    build,
    point,
    root,
    page: () => readFileSync(join(root, 'current/site/index.html'), 'utf8'),
    kept: () => readdirSync(join(root, 'kept/assets')).sort(),
    shas,
  };
}

describe('a server that takes a release', () => {
  it('keeps the assets of the releases before it, also of those it never had', () => {
    const { build, point, page, kept } = server();
    for (const id of ['a', 'b', 'c']) build(id);
    expect(point('c', 'b', 'a')).toEqual({ code: 0, said: '' });
    expect([page(), kept()]).toEqual(['c', ['a.js', 'b.js', 'c.js']]);
  });

  it('forgets releases that the pointer no longer names, but not the one that still runs', () => {
    const { build, point, root, kept } = server();
    for (const id of ['a', 'b', 'c']) build(id);
    point('a');
    point('b', 'a');
    point('c');
    expect([readdirSync(join(root, 'releases')).sort(), kept()]).toEqual([['b', 'c'], ['c.js']]);
    expect(readdirSync(root).filter((name) => name.startsWith('kept.'))).toHaveLength(1);
  });

  it('goes back to a former one', () => {
    const { build, point, page, kept } = server();
    for (const id of ['a', 'b']) build(id);
    point('b', 'a');
    point('a', 'b');
    expect([page(), kept()]).toEqual(['a', ['a.js', 'b.js']]);
  });

  it('comes up without a former one that is gone', () => {
    const { build, point, page } = server();
    build('b');
    const { code, said } = point('b', 'gone');
    expect([code, page()]).toEqual([0, 'b']);
    expect(said).toContain('release gone: expected it in bucket, got none that fits');
  });

  it('refuses one whose bytes are not those expected, and leaves what runs', () => {
    const { build, point, page, root, shas } = server();
    for (const id of ['a', 'b']) build(id);
    point('a');
    shas.set('b', 'f'.repeat(64));
    const { code, said } = point('b', 'a');
    expect([code, page()]).toEqual([1, 'a']);
    expect(said).toContain(`release b: expected sha256 ${'f'.repeat(64)}, got another: not installed`);
    expect(existsSync(join(root, 'releases/b'))).toBe(false);
    expect(readdirSync(join(root, 'releases'))).toEqual(['a']);
  });
});
