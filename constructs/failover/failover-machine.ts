/** The machine of failovers between two regions: one loop of looks, in Step Functions, in the second one. What a look decides: lambda/failover. */
import { Duration } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Environment, Place, Places, Waiting } from '../../lambda/failover/places';
import { exempt } from '../exemptions';
import { wildcardFinding } from '../release/group-arn';
import { loopMachine, machineArn } from '../release/loop-machine';
import { type ReleaseFunctionProps, releaseFunction } from '../release/release-function';
import { copyStatements, type FailoverGrants, failoverGrants } from './failover-grants';

export type { Place, Places, Waiting };

export interface FailoverMachineProps extends ReleaseFunctionProps {
  /** Name of the environment. */
  readonly environment: string;
  readonly places: Places;
  /** Of the second region's releases, and the states of its services. */
  readonly bucket: IBucket;
  readonly owners: FailoverGrants['owners'];
}

export class FailoverMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: FailoverMachineProps) {
    super(scope, id);
    const { environment, places, bucket, owners } = props;
    const name = `Holdfast-${environment}-failover`;
    const allow = failoverGrants(this, { places, machine: name, bucket, owners });
    const { handler: look, role } = releaseFunction(this, props, {
      code: 'failover',
      timeout: Duration.minutes(2),
      allow,
      environment: {
        ENVIRONMENT: environment,
        RELEASE_BUCKET: bucket.bucketName,
        MACHINE: machineArn(this, name),
      } satisfies Environment,
    });
    const copying = (['first', 'second'] as const).flatMap((side) => copyStatements(this, places[side], owners[side]));
    for (const statement of copying) role.addToPolicy(statement);
    const resources = [...allow.map(([, resource]) => resource), ...copying.flatMap((each) => each.resources)];
    const named = resources.filter((resource) => resource.includes('*') && resource !== '*');
    exempt(role, 'wildcard', ...named.map((resource) => wildcardFinding(this, resource)));
    this.machine = loopMachine(this, props, {
      name,
      comment: 'Brings the writing to the other region, and back',
      look,
      input: 'failover',
      told: { places, since: {} },
      done: 'Writes',
    });
  }
}
