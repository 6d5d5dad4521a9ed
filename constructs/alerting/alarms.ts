/** CloudWatch alarms for rows of the catalogue, beside the resources they watch. Not the topics: who hears of it is the caller's. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmBase,
  AlarmRule,
  type CfnCompositeAlarm,
  CompositeAlarm,
  type IAlarmRule,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Alerts, Row, Severity, Thresholds } from './alert';
import { type MaintenanceWindow, mute } from './maintenance';
import { measures } from './measures';
import type { Signals } from './signal';

/** Where each severity goes, and `parts`: alarms that only a composite looks at. Nobody subscribes to that one. */
export type Topics = Readonly<Record<Severity | 'parts', ITopic>>;

/** What all alerts of a region share. */
export interface Alerting {
  readonly topics: Topics;
  /** Other thresholds by alert name. @default those of the rows */
  readonly thresholds?: Thresholds;
  /** Link that every alarm carries, to see it among the others. */
  readonly dashboard: string;
  /** Before the path of a runbook, to make it a link. @default the path alone */
  readonly repository?: string;
  /** When nobody is told. @default always somebody */
  readonly maintenance?: readonly MaintenanceWindow[];
  /** Where what they are about stands, where another of its kind stands elsewhere, such as 'second region'. @default there is one */
  readonly place?: string;
  /** Nobody is told until somebody enables the alarms' actions: of what waits, and does nothing yet. @default false */
  readonly quiet?: boolean;
}

export interface AlarmsProps<S extends Signals> extends Alerting {
  readonly signals: S;
  readonly alerts: Alerts<S>;
  /** Name of the service that they are about, where others have the same. @default what the environment has once */
  readonly service?: string;
}

/** How long a symptom waits for its cause to alarm, by which it is told of later; and how long it stays quiet after that is over. */
const WAIT = {
  actionsSuppressorWaitPeriod: Duration.minutes(1),
  actionsSuppressorExtensionPeriod: Duration.minutes(5),
};

export class Alarms<S extends Signals> extends Construct {
  /** What they watch, for who draws it. */
  readonly watched: {
    readonly signals: S;
    readonly alerts: Readonly<Record<string, Row>>;
    readonly thresholds: Thresholds;
    readonly service?: string;
    readonly place?: string;
  };
  /** Alarms that tell somebody, by alert: several where a signal has several metrics. */
  readonly #telling = new Map<string, readonly AlarmBase[]>();
  readonly #props: AlarmsProps<S>;

  constructor(scope: Construct, id: string, props: AlarmsProps<S>) {
    super(scope, id);
    this.#props = props;
    const { signals, alerts, thresholds = {}, service, place } = props;
    this.watched = { signals, alerts, thresholds, service, place };
    for (const name of Object.keys(props.alerts)) this.#tell(name);
    mute(this, 'Maintenance', props.maintenance ?? [], [...this.#telling.values()].flat());
  }

  /** Names of the alarms that tell of it with that severity. */
  named(severity: Severity): readonly string[] {
    const rows = Object.entries(this.watched.alerts).filter(([, row]) => row.severity === severity);
    return rows.flatMap(([name]) => (this.#telling.get(name) ?? []).map(({ alarmName }) => alarmName));
  }

  /** The alarms of an alert, made when first asked for: a cause before its symptoms. */
  #tell(name: string): readonly AlarmBase[] {
    const alert: Row | undefined = this.#props.alerts[name];
    if (!alert) return [];
    const known = this.#telling.get(name);
    if (known) return known;
    const made = this.#make(name, alert);
    if (made.length > 0) this.#telling.set(name, made);
    return made;
  }

  #make(name: string, alert: Row): readonly AlarmBase[] {
    const { signals, topics, thresholds = {} } = this.#props;
    const rows = measures(alert, signals, thresholds[name]);
    const causes = alert.silencedBy ? this.#tell(alert.silencedBy) : [];
    if (causes.length > 1) {
      throw new Error(
        `${name}.silencedBy: expected an alert with one alarm, got ${alert.silencedBy} with ${causes.length}`,
      );
    }
    const together = alert.kind === 'burnRate' || causes.length > 0;
    const parts = rows.map(([suffix, measure]) => {
      const id = alert.kind !== 'burnRate' && together ? `${name}Part${suffix}` : `${name}${suffix}`;
      const alarmDescription = together ? `${name}: a part of that alarm, which tells.` : this.#describe(name, alert);
      const alarm = new Alarm(this, id, { ...measure, alarmDescription, actionsEnabled: this.#actionsEnabled });
      if (together) alarm.addAlarmAction(new SnsAction(topics.parts));
      else this.#act(alarm, alert);
      return alarm;
    });
    const members = alert.kind === 'composite' ? alert.alerts.flatMap((other) => this.#tell(other)) : parts;
    if ((alert.kind !== 'composite' && !together) || members.length === 0) return parts;
    const all = alert.kind === 'burnRate' || (alert.kind === 'composite' && alert.of === 'all');
    const rule = all ? AlarmRule.allOf(...members) : AlarmRule.anyOf(...members);
    return [this.#compose(name, alert, rule, causes[0])];
  }

  #compose(name: string, alert: Row, alarmRule: IAlarmRule, cause: AlarmBase | undefined): AlarmBase {
    const composite = new CompositeAlarm(this, name, {
      alarmRule,
      actionsEnabled: this.#actionsEnabled,
      alarmDescription: this.#describe(name, alert),
      ...(cause && { actionsSuppressor: cause, ...WAIT }),
    });
    (composite.node.defaultChild as CfnCompositeAlarm).alarmName = undefined; // CDK's own is the same in every environment
    this.#act(composite, alert);
    return composite;
  }

  /** CloudWatch's own default is true. */
  get #actionsEnabled(): false | undefined {
    return this.#props.quiet ? false : undefined;
  }

  #act(alarm: AlarmBase, alert: Row): void {
    const action = new SnsAction(this.#props.topics[alert.severity]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    if ('missingData' in alert && alert.missingData === 'missing') alarm.addInsufficientDataAction(action);
  }

  #describe(name: string, { summary, runbook }: Row): string {
    const { repository = '', dashboard, service, place } = this.#props;
    const at = place ? `In the ${place}: ` : '';
    return `${name}: ${at}${service ? `Service ${service}: ` : ''}${summary} Runbook: ${repository}docs/runbooks/${runbook}.md Dashboard: ${dashboard}`;
  }
}
