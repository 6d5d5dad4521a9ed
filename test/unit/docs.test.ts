/** The documents against the code: diagrams are those of prod's templates, links and commands exist. Not the wording. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stacksOf } from '../../lib/commands/assembly';
import { withDiagrams } from '../../lib/commands/diagrams';
import { requestPathDiagram } from '../../lib/commands/diagrams/request-path';
import { ASSEMBLIES } from '../support/assemblies';
import { dnsTemplate, withDns, withNames } from '../support/dns';
import { filesBelow } from '../support/files';

const PAGE = readFileSync('docs/architecture.md', 'utf8');
const blocks = (page: string) => [...page.matchAll(/```mermaid\n([^`]*)```/g)].map(([, block = '']) => block);
const drawn = (environment: string) => withDiagrams(PAGE, `${ASSEMBLIES}/${environment}`);

describe('the diagrams', () => {
  it('are those of prod as it is synthesised now (else: npm run diagrams)', () => {
    expect(PAGE).toBe(drawn('prod'));
  });

  it('show each environment as it is', () => {
    expect(drawn('dev')).not.toContain('Route 53');
    expect(drawn('dev')).toMatch(/visitor --> Edge_\w+\n/);
    expect(drawn('dev')).toMatch(/CloudFront(?:.|\n)*load balancer<br>internal/);
    expect(drawn('dev')).not.toContain('eu-west-1c');
  });

  it('lead through every name of a longer chain, and from the visitor to the first alone', () => {
    const chain = [{ kind: 'cdn', name: 'other', target: 'site.other-cdn.net' }, { kind: 'balancer' }] as const;
    const dns = dnsTemplate(withDns({ chain, checkSeconds: 10, failures: 2 }));
    const drawing = requestPathDiagram(withNames(stacksOf(`${ASSEMBLIES}/prod`), dns));
    expect(drawing).toContain('www_example_com -.->|"secondary"| _fallback1_www_example_com\n');
    expect(drawing).toContain('_fallback1_www_example_com -->|"primary"| site_other_cdn_net\n');
    expect(drawing.match(/visitor --> \w+/g)).toEqual(['visitor --> www_example_com']);
  });

  it.each(['dev', 'staging', 'prod'])('of %s fit on a screen and connect only what they show', (environment) => {
    for (const block of blocks(drawn(environment))) {
      const shown = [...block.matchAll(/^ +(\w+)[[(]/gm)].map(([, id]) => id);
      const connected = [...block.matchAll(/^ +(\w+) (?:-->|-\.->|~~~)(?:\|"[^"]*"\|)? (\w+)$/gm)].flatMap((edge) =>
        edge.slice(1),
      );
      expect(shown.length).toBeLessThanOrEqual(25);
      expect(connected.length).toBeGreaterThan(5);
      expect(connected.filter((id) => !shown.includes(id))).toEqual([]);
    }
  });

  it('refuse a marker that names none of them', () => {
    const page = '<!-- diagram: nothing -->\n\n<!-- end -->';
    expect(() => withDiagrams(page, `${ASSEMBLIES}/prod`)).toThrow(
      "expected one of stacks, request path, network, got 'nothing'",
    );
  });
});

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesBelow('.md', 'docs', 'app')];

it('link only to files that exist', () => {
  const broken = DOCUMENTS.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)]
      .filter(([, target = '']) => !existsSync(join(dirname(path), target)))
      .map(([, target]) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

it('name only commands that exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const unknown = DOCUMENTS.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/npm run ([a-z:-]+)/g)]
      .filter(([, script = '']) => !(script in scripts))
      .map(([, script]) => `${path}: npm run ${script}`),
  );
  expect(unknown).toEqual([]);
});

it('keeps the README short', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(120);
});
