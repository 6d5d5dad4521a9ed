/** The drilled environment as an assembly, as it is or with its Backend altered. Loaded when it is needed: it takes CDK along. */
import type { Stack } from 'aws-cdk-lib';
import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { CfnListener } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { Environment } from '../../../lib/config/environment';
import { builtArchives } from '../../../lib/stacks/archives';
import { WebApp } from '../../../lib/web-app';
import { cliApp } from '../../support/stack';

const all = <T>(backend: Stack, type: abstract new (...given: never[]) => T): readonly T[] =>
  backend.node.findAll().filter((each) => each instanceof type) as unknown as readonly T[];

const visitors = (backend: Stack) => all(backend, CfnListener).filter(({ port }) => port === 80);

/** Of those that CloudWatch knows: each deployment has another one, or there would be nothing to deploy. */
const DAYS = [14, 30, 60, 90, 120, 150, 180, 400, 545, 731];

function logs(backend: Stack): void {
  const days = DAYS.shift();
  if (days === undefined) throw new Error('expected at most 10 altered deployments in a run');
  (backend.node.findChild('Logs').node.defaultChild as CfnLogGroup).retentionInDays = days;
}

/** What a deployment may change. */
const ALTERED = {
  nothing: () => undefined,
  logs,
  /** A new version of it: the servers are replaced where the template's update policy says so. */
  template: (backend: Stack) => {
    logs(backend);
    for (const each of all(backend, CfnLaunchTemplate))
      each.addPropertyOverride('LaunchTemplateData.EbsOptimized', true);
  },
  listener: (backend: Stack) => {
    logs(backend);
    for (const each of visitors(backend))
      each.listenerAttributes = [{ key: 'routing.http.response.server.enabled', value: 'false' }];
  },
  /** As a template says it that doesn't ask what is there. */
  weights: (backend: Stack) => {
    for (const each of visitors(backend))
      for (const [at, weight] of [100, 0].entries())
        each.addPropertyOverride(`DefaultActions.0.ForwardConfig.TargetGroups.${at}.Weight`, weight);
  },
} as const satisfies Record<string, (backend: Stack) => void>;

export type Alteration = keyof typeof ALTERED;

/** @returns the folder */
export function synthesised(outdir: string, config: Environment, alteration: Alteration): string {
  const app = cliApp(outdir);
  const web = new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
  ALTERED[alteration](web.node.findChild('Backend') as Stack);
  app.synth();
  return outdir;
}
