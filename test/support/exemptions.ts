/** Which exemptions from validators' rules the constructs of an assembly take, as CDK wrote them into its metadata. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Taken {
  /** Without the finding that cdk-nag puts in brackets behind it. */
  readonly rule: string;
  readonly reason: string;
  /** Of the construct, such as 'Holdfast/Data/Database/Primary'. */
  readonly path: string;
}

type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data: unknown }[]>>;

export const takenExemptions = (folder: string): readonly Taken[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.metadata.json'))
    .flatMap((file) => Object.entries<Metadata[string]>(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))))
    .flatMap(([path, entries]) =>
      entries
        .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
        .flatMap(({ data }) => Object.entries(data as Readonly<Record<string, string>>))
        .map(([id, reason]) => ({ rule: id.replace(/\[.*$/, ''), reason, path: path.replace(/^\//, '') })),
    );
