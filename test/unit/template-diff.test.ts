import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { templateDiff } from '../../lib/commands/template-diff';

type Templates = Readonly<Record<string, object>>;

function diff(base: Templates, head: Templates): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-templates-'));
  for (const [side, templates] of Object.entries({ base, head })) {
    for (const [stack, Resources] of Object.entries(templates)) {
      const path = join(folder, side, stack.replace('/', '/Holdfast').concat('0A1B2C3D.template.json'));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ Resources }, undefined, 1));
    }
  }
  return templateDiff(join(folder, 'base'), join(folder, 'head'));
}

const bucket = (name: string, more: object = {}) => ({ Bucket: { Type: 'AWS::S3::Bucket', Name: name, ...more } });
const hash = (digit: string) => digit.repeat(64);

describe('the difference of two sets of templates', () => {
  it('shows what changed in a stack, and no other stack', () => {
    const text = diff(
      { 'dev/Data': bucket('old'), 'dev/Edge': bucket('same') },
      { 'dev/Data': bucket('new'), 'dev/Edge': bucket('same') },
    );
    expect(text).toContain('| dev/Data | +1 −1 lines |');
    expect(text).toContain('-      "Name": "old"');
    expect(text).toContain('+      "Name": "new"');
    expect(text).not.toContain('Edge');
  });

  it('names a stack that is new and one that is removed', () => {
    const text = diff({ 'prod/Dns': bucket('a') }, { 'prod/Data': bucket('b') });
    expect(text).toContain('| prod/Data | new, 1 resources |');
    expect(text).toContain('| prod/Dns | **removed**, 1 resources |');
    expect(text).toContain('-      "Name": "a"');
  });

  it('names every stack of an environment that is removed', () => {
    expect(diff({ 'dev/Data': bucket('a'), 'old/Data': bucket('a') }, { 'dev/Data': bucket('a') })).toContain(
      '| old/Data | **removed**, 1 resources |',
    );
  });

  it('says that only assets changed, without their hashes', () => {
    const text = diff({ 'dev/Edge': bucket(hash('a')) }, { 'dev/Edge': bucket(hash('b')) });
    expect(text).toContain('| dev/Edge | assets only |');
    expect(text).not.toMatch(/~~~~|aaaa|bbbb/);
  });

  it("leaves out what CDK writes for its own tools, and the order of what's the same", () => {
    const text = diff(
      { 'dev/Edge': { A: { Type: 'A', Metadata: { 'aws:cdk:path': 'x' } }, B: { Type: 'B' } } },
      { 'dev/Edge': { B: { Type: 'B' }, A: { Type: 'A', Metadata: { 'aws:cdk:path': 'y' } } } },
    );
    expect(text).toContain('assets only');
  });

  it('fits into a summary of 1 MiB, and says what it left out', () => {
    const long = (letter: string) => bucket('x', { Lines: Array.from({ length: 20_000 }, (_, n) => `${letter}${n}`) });
    const stacks = Array.from({ length: 20 }, (_, n) => `dev/Stack${n}`);
    const all = (letter: string) => Object.fromEntries(stacks.map((stack) => [stack, long(letter)]));
    const text = diff(all('a'), all('b'));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 ** 2);
    for (const stack of stacks) expect(text).toContain(`| ${stack} |`);
    expect(text).toMatch(/… \d+ more/);
    expect(text).toContain("The other stacks don't fit in here");
  });

  it('is one sentence when nothing changes', () => {
    expect(diff({ 'dev/Data': bucket('a') }, { 'dev/Data': bucket('a') })).toBe(
      '## Templates\n\nNo template changes.\n',
    );
  });
});
