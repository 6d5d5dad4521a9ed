/** Asks new servers through the balancer's test listener before visitors do. */
import { Duration } from 'aws-cdk-lib';
import { type IConnectable, type IVpc, Peer, Port } from 'aws-cdk-lib/aws-ec2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type ReleaseFunctionProps, releaseFunction } from './release-function';
import { TEST_PORT } from './rolled-service';

export interface SmokeFunctionProps extends ReleaseFunctionProps {
  readonly vpc: IVpc;
  readonly balancer: IConnectable;
  /** Whether the balancer has public addresses: it is asked by the network's way out then. */
  readonly isPublic: boolean;
}

export class SmokeFunction extends Construct {
  readonly handler: IFunction;

  constructor(scope: Construct, id: string, props: SmokeFunctionProps) {
    super(scope, id);
    const { vpc, balancer, isPublic } = props;
    const { handler } = releaseFunction(this, props, {
      code: 'release-smoke',
      timeout: Duration.minutes(1),
      allow: [],
      network: { vpc, description: 'Smoke test of releases', wayOut: isPublic },
    });
    if (isPublic) handler.connections.allowTo(Peer.anyIpv4(), Port.tcp(TEST_PORT), 'The balancer, by the way out');
    else handler.connections.allowTo(balancer, Port.tcp(TEST_PORT), 'Smoke test of releases');
    this.handler = handler;
  }
}
