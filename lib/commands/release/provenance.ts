/** What a release says of its origin: a statement in the form of in-toto with SLSA's provenance (version 1). Pure; what it is told is gathered elsewhere. */

export interface Origin {
  readonly release: { readonly id: string; readonly sha256: string };
  /** Of the archive. */
  readonly bytes: number;
  readonly source: {
    /** Where the clone came from. @default unknown */
    readonly repository?: string;
    /** 40 hex digits. @default no commit: not a clone */
    readonly commit?: string;
    /** Whether files differed from that commit. */
    readonly dirty: boolean;
  };
  /** Version of Node that built it. */
  readonly node: string;
  /** sha256 of package-lock.json. */
  readonly lockfile: string;
  readonly builder: {
    /** A URI. */
    readonly id: string;
    readonly invocation: string;
  };
  readonly builtAt: Date;
}

const BUILD_TYPE = 'urn:holdfast:release:v1';

export const statement = ({ release, bytes, source, node, lockfile, builder, builtAt }: Origin) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: `releases/${release.id}.tar`, digest: { sha256: release.sha256 }, annotations: { bytes } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { command: 'npm run build' },
      internalParameters: { dirty: source.dirty, node },
      resolvedDependencies: [
        ...(source.commit
          ? [
              {
                uri: source.repository ? `git+${source.repository}@${source.commit}` : 'git:HEAD',
                digest: { gitCommit: source.commit },
              },
            ]
          : []),
        { uri: 'file:package-lock.json', digest: { sha256: lockfile } },
      ],
    },
    runDetails: {
      builder: { id: builder.id },
      metadata: { invocationId: builder.invocation, finishedOn: builtAt.toISOString() },
    },
  },
});

export type Statement = ReturnType<typeof statement>;

/** sha256 of the archive that a manifest speaks of. Throws for what is no such manifest. */
export function subjectOf(id: string, manifest: string): string {
  const digest = (JSON.parse(manifest) as Partial<Statement>).subject?.[0]?.digest?.sha256;
  if (digest) return digest;
  throw new Error(`releases/${id}.json: expected a statement with the archive's sha256, got none`);
}
