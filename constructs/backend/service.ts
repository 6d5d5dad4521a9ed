/** A service that answers requests: its fleet of two groups of servers, and its part of the balancer. Not the balancer itself, and not what runs on the servers. */
import { Stack } from 'aws-cdk-lib';
import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import { ApplicationListenerRule } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Colour } from '../../lambda/rollout/state';
import { groupName, type RolledService } from '../release/rolled-service';
import type { Balancer } from './balancer';
import { Fleet, type FleetProps } from './fleet';
import { type Route, type Spreading, TargetPair } from './target-pair';

export interface ServiceProps extends Omit<FleetProps, 'targetGroups' | 'drain'> {
  readonly balancer: Balancer;
  readonly spreading: Spreading;
  /** Percent of its requests that each group gets now, 100 in all. */
  readonly weights: Readonly<Record<Colour, number>>;
  /** Which of the test listener's rules are its own: services count from 1 on. @default 1 */
  readonly place?: number;
  /** Which requests are its own. @default all that no other service's route takes */
  readonly route?: Route;
}

export class Service extends Construct implements IConnectable {
  readonly fleet: Fleet;
  readonly targets: TargetPair;
  readonly #name: Pick<ServiceProps, 'environmentName' | 'service'>;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { vpc, balancer, service, weights, place, route, spreading } = props;
    this.#name = props;
    this.targets = new TargetPair(this, 'Targets', { vpc, balancer, service, weights, place, route, ...spreading });
    const { targetGroups } = this.targets;
    this.fleet = new Fleet(this, 'Fleet', { ...props, targetGroups, drain: spreading.drain });
    const rules = this.targets.node.children.filter((child) => child instanceof ApplicationListenerRule);
    for (const group of Object.values(this.fleet.groups)) group.node.addDependency(balancer.loadBalancer, ...rules); // who checks its health
  }

  get connections() {
    return this.fleet.connections;
  }

  /** @param alarms by name: one in ALARM, and a rollout goes back */
  rolled(alarms: readonly string[]): RolledService {
    const { environmentName, service } = this.#name;
    const named = (colour: Colour) => groupName(environmentName, service, colour);
    const { balanced } = this.targets;
    const groups = { blue: named('blue'), green: named('green') };
    return { name: service, groups, balanced, alarms, stack: Stack.of(this).stackName };
  }
}
