/** Every kind of job, and who does it. A new one is a function here and a row in the outbox where its cause is written. */

import type { Run } from '../../backend/data/endpoint';
import type { Job } from '../../backend/jobs/job';
import type { Mailer } from '../mail/mailer';
import { sendEmail } from './send-email';

interface Tools {
  /** Statements of the job's own transaction. */
  readonly run: Run;
  readonly mailer: Mailer;
}

/**
 * What a job does in its transaction happens once. What it does outside, such as handing over a mail, comes last: it happens again
 * only if the worker dies between that and the commit.
 */
export type Doing = (job: Job, tools: Tools) => Promise<void>;

export const JOBS: Readonly<Record<string, Doing>> = {
  'send-email': sendEmail,
};
