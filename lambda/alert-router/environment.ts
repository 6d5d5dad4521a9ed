/** What the function is told by its construct: names of resources and routes. No secret: those are fetched by their ARN. */
export type Severity = 'critical' | 'warning' | 'info';
export type ChannelName = 'pagerDuty' | 'slack' | 'email' | 'sms';

export interface Settings {
  /** Name of the environment, in every message. */
  readonly environment: string;
  /** Severity by the topic's ARN. */
  readonly topics: Readonly<Record<string, Severity>>;
  /** Who is told of each severity, in this order. */
  readonly routes: Readonly<Record<Severity, readonly ChannelName[]>>;
  readonly slackChannel?: string;
  /** How long a call waits for what is due soon, in ms. @default 30 s */
  readonly lingerMs?: number;
}

/** A type, not an interface: a construct passes it as a record of strings. */
export type Environment = {
  readonly TABLE_NAME: string;
  /** ARN or name of the secret; see secret.ts for what is in it. */
  readonly SECRET_ID: string;
  /** Topic behind which mail and SMS are. */
  readonly NOTICES_TOPIC_ARN: string;
  /** Settings as JSON. */
  readonly SETTINGS: string;
};
