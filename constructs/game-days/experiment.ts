/** Rows of experiments: which actions of FIS hurt what, and what is expected to come of it. Data; makes nothing. */

/** Actions in use: https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html */
export type Action =
  | 'aws:ec2:asg-insufficient-instance-capacity-error'
  | 'aws:ec2:stop-instances'
  | 'aws:ec2:terminate-instances'
  | 'aws:elasticache:replicationgroup-interrupt-az-power'
  | 'aws:network:disrupt-connectivity'
  | 'aws:rds:reboot-db-instances'
  | 'aws:ssm:send-command';

/** What may be hurt: see targets.ts. */
export type TargetName =
  | 'allServers'
  | 'halfOfServers'
  | 'oneServer'
  | 'serversInZone'
  | 'groups'
  | 'subnetsInZone'
  | 'database'
  | 'sessions';

export interface Fault {
  readonly action: Action;
  readonly on: TargetName;
  /** Of the action. Here and in `document`: `{zone}`, `{network}` its range, `{databasePort}`, `{sessionPort}`. */
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * What 'aws:ssm:send-command' runs on the servers, AWS's own, and its parameters:
   * https://docs.aws.amazon.com/fis/latest/userguide/actions-ssm-agent.html
   */
  readonly document?: { readonly name: string; readonly parameters: Readonly<Record<string, string>> };
}

/** What the metric of an alert may do: by it the hypothesis is judged. */
export interface Expectation {
  /** Whose metric is read, and whose threshold is the limit. */
  readonly alert: string;
  /** So many minutes it may be beyond that, from the beginning of the experiment to the end of the recovery. */
  readonly minutes: number;
}

export interface Experiment {
  /** What happens, for people; at most 512 characters. */
  readonly about: string;
  /** What is believed, in a sentence that can turn out to be false. */
  readonly hypothesis: string;
  readonly expects: readonly Expectation[];
  /** Alerts that may ring, since they look at what is taken away. No other critical one may. */
  readonly mayRing: readonly string[];
  /** The same on this machine: `npm run drill -- NAME`. */
  readonly twins: readonly string[];
  /** By name; all begin at once. */
  readonly faults: Readonly<Record<string, Fault>>;
}
