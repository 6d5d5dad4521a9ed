/** What the failover machine is told: the two regions, by its construct, with every look; the order, by whoever starts it; and what looks pass on. Names and addresses, no state. */
import type { Service } from '../rollout/service';

export interface Place {
  readonly region: string;
  /** Identifier of the database that writes while the region does. Fixed, and so are the others'. */
  readonly primary: string;
  /** Of its read replicas. */
  readonly replicas: readonly string[];
  /** Of the balancer's own name, which leads nowhere else. */
  readonly url: string;
}

/** Servers of the second region. */
export interface Waiting extends Pick<Service, 'groups'> {
  /** ARNs. @default nothing sends them requests */
  readonly targetGroups?: Readonly<Partial<Record<'blue' | 'green', string>>>;
  /** Servers while the region waits, and at least as many while it writes. */
  readonly waiting: number;
  readonly min: number;
}

export interface Places {
  readonly first: Place;
  readonly second: Place;
  /** ARN of the rule that says that the second region writes. */
  readonly fence: string;
  /** Id of the health check that asks the first balancer; it tells since when that is silent. @default nobody knows */
  readonly check?: string;
  readonly services: Readonly<Record<string, Waiting>>;
  /** How names begin of the second region's alarms that a failover has tell, and a way back silences. */
  readonly quiet: readonly string[];
  /** Backups that a promoted database has, in days. */
  readonly backupDays: number;
  /** Until no visitor is led to the first region any more once the fence is up: health checks, and the records' time to live. */
  readonly fenceSeconds: number;
}

/** What an execution is started with. */
export interface FailoverInput {
  /** And the name of its execution; one that resumes it has a longer one. */
  readonly id: string;
  /** The region that is to write. */
  readonly to: string;
  /** Though the other one is well, or more may be lost than `maxLagSeconds`. @default false */
  readonly force?: boolean;
  /** What may be lost of what was written, in seconds, unless forced. */
  readonly maxLagSeconds: number;
  readonly who: string;
  /** No other execution was under way when it began. */
  readonly begun?: boolean;
}

/** How long looks have found it so, milliseconds since 1970; a machine that is resumed begins anew, later, which is safe. */
export interface Since {
  readonly fence?: { readonly up: boolean; readonly at: number };
  /** Of the side that is to stop writing. */
  readonly readOnly?: number;
  /** RDS there tells of the first database, and no visitor gets an answer: it may hang. */
  readonly hung?: number;
}

/** From look to look. */
export interface LookInput {
  readonly failover: FailoverInput;
  readonly places: Places;
  readonly looks: number;
  readonly since: Since;
  /** What the last look said. */
  readonly said?: string;
}

export interface LookOutput extends LookInput {
  /** 'again': in another execution, since one may have 25,000 events. */
  readonly next: 'wait' | 'again' | 'done' | 'failed';
  readonly seconds: number;
  readonly said: string;
  /** Of a failure. */
  readonly error?: 'Refused' | 'Stuck';
  readonly reason?: string;
}

/** A type, not an interface: a construct passes it as a record of strings. */
export type Environment = {
  readonly ENVIRONMENT: string;
  /** Of the second region, where services' states say which group is active. */
  readonly RELEASE_BUCKET: string;
  readonly MACHINE: string;
};
