/** Saved queries of Logs Insights over some log groups, in a folder of the environment. Not what they ask: rows of `lib/logs`. */
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface SavedQueriesProps {
  /** Name of the folder they are shown in, such as 'Holdfast/prod'. */
  readonly folder: string;
  /** By name; each step is a line of Logs Insights QL. */
  readonly queries: Readonly<Record<string, { readonly steps: readonly string[] }>>;
  readonly logGroups: readonly ILogGroup[];
}

const pascal = (name: string) => name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { folder, queries, logGroups }: SavedQueriesProps) {
    super(scope, id);
    for (const [name, { steps }] of Object.entries(queries)) {
      new CfnQueryDefinition(this, pascal(name), {
        name: `${folder}/${name}`,
        queryString: steps.join('\n| '),
        logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
      });
    }
  }
}
