/** What groups of servers have now, as numbers for a template: a deployment sets what is there already, whatever a rollout or the scaling made of it. Brings the first release too. */
import { createHash } from 'node:crypto';
import { CfnElement, CustomResource, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct, type IDependable } from 'constructs';
import {
  attributeOf,
  COLOURS,
  type LiveFleetsProperties,
  type RestingGroupsProperties,
} from '../../lambda/live-fleets/fleets';
import type { Colour } from '../../lambda/rollout/state';
import { exempt } from '../exemptions';
import { groupArn, wildcardFinding } from './group-arn';
import type { Grant } from './publisher-grants';
import { type ReleaseFunctionProps, releaseFunction } from './release-function';
import { groupName } from './rolled-service';

const SUSPENDING = ['autoscaling:SuspendProcesses', 'autoscaling:ResumeProcesses'];

export interface LiveFleetsProps extends ReleaseFunctionProps {
  /** Name of the environment. */
  readonly environment: string;
  readonly bucket: IBucket;
  /** The first release: the archive's path, its release id, the sha256 of its bytes, and what is written beside it. */
  readonly release: { readonly path: string; readonly id: string; readonly sha256: string; readonly manifest?: string };
  /** Limits of the active group, as configured. `colours`: both groups, unless told otherwise. */
  readonly services: Readonly<
    Record<string, { readonly min: number; readonly max: number; readonly colours?: readonly Colour[] }>
  >;
}

export class LiveFleets extends Construct {
  /** The groups depend on this. */
  readonly resource: CustomResource;
  readonly #given: RestingGroupsProperties;
  readonly #serviceToken: string;

  constructor(scope: Construct, id: string, props: LiveFleetsProps) {
    super(scope, id);
    const { environment, bucket, release } = props;
    const asset = new Asset(this, 'Archive', { path: release.path });
    const services = Object.fromEntries(
      Object.entries(props.services).map(([service, { min, max, colours = COLOURS }]) => {
        const groups = colours.map((colour) => [colour, groupName(environment, service, colour)] as const);
        return [service, { min: `${min}`, max: `${max}`, groups: Object.fromEntries(groups) }];
      }),
    );
    const names = Object.values(services).flatMap(({ groups }) => Object.values(groups));
    const { handler, role } = releaseFunction(this, props, {
      code: 'live-fleets',
      timeout: Duration.minutes(5),
      buckets: [bucket],
      allow: [
        ['s3:GetObject', asset.bucket.arnForObjects(asset.s3ObjectKey)],
        ['s3:ListBucket', bucket.bucketArn], // else a missing state is "forbidden", not "not found"
        [['s3:GetObject', 's3:PutObject'], bucket.arnForObjects('*')], // and no right to delete
        ['autoscaling:DescribeAutoScalingGroups', '*'],
        ...names.map((name): Grant => [[...SUSPENDING], groupArn(this, name)]),
      ],
    });
    for (const name of names) exempt(role, 'wildcard', wildcardFinding(this, groupArn(this, name)));
    this.#serviceToken = handler.functionArn;
    const deployment = Lazy.uncachedString({ produce: ({ preparing }) => (preparing ? '' : this.#digest()) });
    this.#given = { bucket: bucket.bucketName, services, deployment };
    this.resource = this.#resource('Fleets', 'Custom::LiveFleets', {
      ...this.#given,
      environment,
      source: { bucket: asset.s3BucketName, key: asset.s3ObjectKey },
      release: { id: release.id, sha256: release.sha256 },
      ...(release.manifest && { manifest: release.manifest }),
    } satisfies LiveFleetsProperties);
    this.resource.node.addDependency(role); // with its policy
  }

  /** After the groups: what the clock does is for the active ones. */
  settle(...groups: readonly IDependable[]): void {
    this.#resource('Resting', 'Custom::RestingGroups', this.#given).node.addDependency(...groups);
  }

  min(service: string, colour: Colour): number {
    return this.#number(service, colour, 'min');
  }

  max(service: string, colour: Colour): number {
    return this.#number(service, colour, 'max');
  }

  /** Percent of the requests; 100 in all. */
  weight(service: string, colour: Colour): number {
    return this.#number(service, colour, 'weight');
  }

  #number(service: string, colour: Colour, value: 'min' | 'max' | 'weight'): number {
    return Token.asNumber(this.resource.getAtt(attributeOf(service, colour, value)));
  }

  #resource(id: string, resourceType: string, properties: RestingGroupsProperties | LiveFleetsProperties) {
    return new CustomResource(this, id, {
      serviceToken: this.#serviceToken,
      resourceType,
      serviceTimeout: Duration.minutes(6), // a crash must not hold the deployment for an hour
      properties: { ...properties },
    });
  }

  /** Of all else in the stack: CloudFormation asks for the live values again only when a property of the resource changes. */
  #digest(): string {
    const stack = Stack.of(this);
    const own = this.node.children.filter((child) => child instanceof CustomResource);
    const others = stack.node
      .findAll()
      .filter(CfnElement.isCfnElement)
      .filter(({ node }) => !own.some((each) => node.scopes.includes(each)))
      .filter((element) => Stack.of(element) === stack)
      // how CDK itself makes a template of an element: it has no public name
      .map((element) => (element as unknown as { _toCloudFormation(): object })._toCloudFormation());
    // metadata is for people and tools, and differs with who synthesises
    const deployed = JSON.stringify(stack.resolve(others), (key, value) => (key === 'Metadata' ? undefined : value));
    return createHash('sha256').update(deployed).digest('hex');
  }
}
