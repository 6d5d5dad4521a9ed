/** What a release says of its origin. */
import { originOf } from '../../../lib/commands/release/origin';
import { type Origin, statement, subjectOf } from '../../../lib/commands/release/provenance';

const ORIGIN: Origin = {
  release: { id: 'abcdefabcdef', sha256: 'a'.repeat(64) },
  bytes: 1234,
  source: { repository: 'https://github.com/acme/shop', commit: 'c'.repeat(40), dirty: false },
  node: 'v24.1.0',
  lockfile: 'd'.repeat(64),
  builder: { id: 'https://github.com/acme/shop/.github/workflows/release.yml@main', invocation: 'https://run/1' },
  builtAt: new Date('2026-11-28T10:00:00Z'),
};

it('a statement names the archive, the source, the packages and the builder', () => {
  expect(statement(ORIGIN)).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'releases/abcdefabcdef.tar', digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        internalParameters: { dirty: false, node: 'v24.1.0' },
        resolvedDependencies: [
          { uri: `git+https://github.com/acme/shop@${'c'.repeat(40)}`, digest: { gitCommit: 'c'.repeat(40) } },
          { uri: 'file:package-lock.json', digest: { sha256: 'd'.repeat(64) } },
        ],
      },
      runDetails: {
        builder: { id: ORIGIN.builder.id },
        metadata: { invocationId: 'https://run/1', finishedOn: '2026-11-28T10:00:00.000Z' },
      },
    },
  });
});

it('a manifest leads to the checksum of its archive', () => {
  expect(subjectOf('x', JSON.stringify(statement(ORIGIN)))).toBe('a'.repeat(64));
  expect(() => subjectOf('x', '{}')).toThrow(
    "releases/x.json: expected a statement with the archive's sha256, got none",
  );
});

it('the origin of what was built is gathered from git, and from CI where it ran there', () => {
  const found = { release: ORIGIN.release, archive: Buffer.from('four') };
  const ci = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_RUN_ID: '7',
    GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  };
  expect(originOf(found, 'jane', ci)).toMatchObject({
    bytes: 4,
    node: process.version,
    builder: {
      id: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main',
      invocation: 'https://github.com/acme/shop/actions/runs/7',
    },
  });
  expect(originOf(found, 'jane', {}).builder).toEqual({ id: 'urn:holdfast:npm-run-release', invocation: 'jane' });
});
