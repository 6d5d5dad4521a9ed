/** What the worker's process is told by its environment, checked before anything starts. */
import { refuse, type Variables, variables } from '../backend/variables';

export interface Settings {
  readonly queueUrl: string;
  readonly databaseUrl: string;
  /** Jobs under way at once, each with a connection to the database. */
  readonly jobsAtOnce: number;
  /** So long a message is hidden from others; prolonged while its job is under way. */
  readonly visibilitySeconds: number;
  /** So long the queue waits for a message before it answers that there is none. */
  readonly waitSeconds: number;
  /** Before the second try; three times as long before each further one. */
  readonly retrySeconds: number;
  /** Sender of mails; without one they are written to the log. */
  readonly mailFrom: string | undefined;
  /** Of health and metrics, on this machine only. */
  readonly port: number;
  readonly logLevel: string;
  /** Name on the figures. */
  readonly environment: string;
}

const FORMS = {
  QUEUE_URL: [/^https?:\/\/\S+$/, "a queue's https://…"],
  DATABASE_URL: [/^postgres(ql)?:\/\/[^,\s]+$/, 'postgresql://…'],
  JOBS_AT_ONCE: [/^[1-9]\d?$/, 'a number of jobs, below 100', '10'],
  VISIBILITY_SECONDS: [/^[1-9]\d{0,3}$/, 'seconds', '60'],
  WAIT_SECONDS: [/^(1?\d|20)$/, 'seconds, at most 20', '5'],
  RETRY_SECONDS: [/^\d{1,3}$/, 'seconds', '5'],
  MAIL_FROM: [/^([^\s@]+@[^\s@]+)?$/, 'a mail address', ''],
  PORT: [/^[1-9]\d{0,4}$/, 'a port', '8100'],
  LOG_LEVEL: [/^(error|warn|info|debug|silent)$/, 'error, warn, info, debug or silent', 'info'],
  ENVIRONMENT: [/^[\w-]+$/, 'a word', 'local'],
} as const;

/** Throws one Error with one line that names every variable which is missing or malformed; never prints a value. */
export function settings(given: Variables): Settings {
  const { read, faults } = variables(FORMS, given);
  refuse(faults);
  return {
    queueUrl: read('QUEUE_URL'),
    databaseUrl: read('DATABASE_URL'),
    jobsAtOnce: Number(read('JOBS_AT_ONCE')),
    visibilitySeconds: Number(read('VISIBILITY_SECONDS')),
    waitSeconds: Number(read('WAIT_SECONDS')),
    retrySeconds: Number(read('RETRY_SECONDS')),
    mailFrom: read('MAIL_FROM') || undefined,
    port: Number(read('PORT')),
    logLevel: read('LOG_LEVEL'),
    environment: read('ENVIRONMENT'),
  };
}
