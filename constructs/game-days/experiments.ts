/** Experiments of AWS's Fault Injection Service for one environment: what hurts it, who may, and the alarms that end it. Begins none. */
import { Fn, Stack } from 'aws-cdk-lib';
import { AlarmRule, type CfnCompositeAlarm, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { exempt } from '../exemptions';
import { wildcardFinding } from '../release/group-arn';
import { Logs, type LogsProps } from '../storage/logs';
import type { Experiment, Fault } from './experiment';
import { documentArn, experimentGrants, type Granted } from './grants';
import { GAME_DAY_TAG, TARGET_KEYS, type Targets, target } from './targets';

export interface ExperimentsProps extends LogsProps, Targets, Omit<Granted, 'documents'> {
  readonly experiments: Readonly<Record<string, Experiment>>;
  /** Range of the network, such as '10.0.0.0/16'. */
  readonly cidr: string;
  readonly databasePort: string;
  readonly sessionPort: string;
  /** Names of the alarms of which any ends an experiment. */
  readonly stopAlarms: readonly string[];
  /** Topic that nobody subscribes to: the alarm behind the one that ends an experiment tells. */
  readonly parts: ITopic;
}

type TemplateAction = CfnExperimentTemplate.ExperimentTemplateActionProperty;

export class Experiments extends Construct {
  /** By name of the experiment. */
  readonly templates: Readonly<Record<string, CfnExperimentTemplate>>;
  readonly #props: ExperimentsProps;

  constructor(scope: Construct, id: string, props: ExperimentsProps) {
    super(scope, id);
    this.#props = props;
    const logs = new Logs(this, 'Logs', props);
    const role = this.#role();
    // an experiment takes five conditions, and there are more alarms
    const stop = new CompositeAlarm(this, 'Stop', {
      alarmRule: AlarmRule.anyOf(...props.stopAlarms.map((name) => AlarmRule.fromString(`ALARM("${name}")`))),
      alarmDescription: 'GameDayStop: ends an experiment, and tells nobody: the alarm behind it does.',
    });
    stop.addAlarmAction(new SnsAction(props.parts));
    (stop.node.defaultChild as CfnCompositeAlarm).alarmName = undefined; // CDK's own is the same in every environment
    this.templates = Object.fromEntries(
      Object.entries(props.experiments).map(([name, experiment]) => [
        name,
        this.#template(name, experiment, role, stop.alarmArn, logs.logGroupArn),
      ]),
    );
  }

  #role(): Role {
    const { account, partition, region } = Stack.of(this);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('fis.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:fis:${region}:${account}:experiment/*` },
        },
      }),
    });
    const faults = Object.values(this.#props.experiments).flatMap((each) => Object.values(each.faults));
    const documents = [...new Set(faults.flatMap(({ document }) => document?.name ?? []))].sort();
    const grants = experimentGrants(this, { ...this.#props, documents });
    for (const grant of grants) role.addToPolicy(grant);
    const wild = grants.flatMap(({ resources }) => resources).filter((resource) => resource.includes('*'));
    exempt(role, 'wildcard', ...new Set(wild.map((resource) => wildcardFinding(this, resource))));
    return role;
  }

  #template(name: string, experiment: Experiment, role: Role, stopAlarm: string, logGroupArn: string) {
    const faults = Object.entries(experiment.faults);
    const id = name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    const template = new CfnExperimentTemplate(this, id, {
      description: experiment.about,
      roleArn: role.roleArn,
      targets: Object.fromEntries(faults.map(([, { on }]) => [on, target(on, this.#props)])),
      actions: Object.fromEntries(faults.map(([key, fault]) => [key, this.#action(fault)])),
      stopConditions: [{ source: 'aws:cloudwatch:alarm', value: stopAlarm }],
      logConfiguration: {
        logSchemaVersion: 2,
        cloudWatchLogsConfiguration: { LogGroupArn: Fn.join('', [logGroupArn.replace(/:\*$/, ''), ':*']) },
      },
      experimentOptions: {
        accountTargeting: 'single-account',
        emptyTargetResolutionMode: faults.length > 1 ? 'skip' : 'fail', // a zone may have no server just then
      },
      tags: { Name: `${this.#props.environment}-${name}`, [GAME_DAY_TAG]: this.#props.environment },
    });
    template.node.addDependency(role.node.findChild('DefaultPolicy')); // FIS looks at it
    return template;
  }

  #action({ action, on, parameters, document }: Fault): TemplateAction {
    return {
      actionId: action,
      targets: { [TARGET_KEYS[on]]: on },
      parameters: this.#filled({
        ...parameters,
        ...(document && {
          documentArn: documentArn(this, document.name),
          documentParameters: JSON.stringify({ ...this.#filled(document.parameters), InstallDependencies: 'True' }),
        }),
      }),
    };
  }

  #filled(parameters: Readonly<Record<string, string>>): Record<string, string> {
    const { zone, cidr, databasePort, sessionPort } = this.#props;
    const values: Readonly<Record<string, string>> = { zone, network: cidr, databasePort, sessionPort };
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
    return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, fill(value)]));
  }
}
