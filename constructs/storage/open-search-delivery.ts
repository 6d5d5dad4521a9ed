/** Hands log groups over to an OpenSearch domain that exists, line by line. Not the domain, its users or how long it keeps what it gets. */
import { Duration } from 'aws-cdk-lib';
import { FilterPattern, type LogGroup, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import type { ForwarderEnvironment } from '../../lambda/log-forwarder';
import { type ReleaseFunctionProps, releaseFunction } from '../release/release-function';

export interface OpenSearchDeliveryProps extends ReleaseFunctionProps {
  /** `https://…`, reachable from the internet, with IAM as its guard. */
  readonly endpoint: string;
  readonly domainArn: string;
  /** Beginning of the indices' names; the day follows. */
  readonly index: string;
  readonly logGroups: readonly LogGroup[];
}

export class OpenSearchDelivery extends Construct {
  constructor(scope: Construct, id: string, props: OpenSearchDeliveryProps) {
    super(scope, id);
    const { endpoint, domainArn, index, logGroups } = props;
    const { handler, role } = releaseFunction(this, props, {
      code: 'log-forwarder',
      timeout: Duration.minutes(1),
      allow: [['es:ESHttpPost', `${domainArn}/_bulk`]],
      buckets: [],
    });
    const environment: ForwarderEnvironment = { ENDPOINT: endpoint, INDEX: index };
    for (const [name, value] of Object.entries(environment)) handler.addEnvironment(name, value);
    handler.node.addDependency(role.node.findChild('DefaultPolicy')); // Lambda looks whether it may tell the topic
    for (const logGroup of logGroups)
      new SubscriptionFilter(this, `${logGroup.node.id}Subscription`, {
        logGroup,
        destination: new LambdaDestination(handler),
        filterPattern: FilterPattern.allEvents(),
      });
  }
}
