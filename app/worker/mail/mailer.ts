/** Hands mails over: to SES, or to the log where no sender is configured. What a mail says is the job's. */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Logger } from 'pino';

interface Mail {
  /** The job's: the same in each try, so that a mail which came twice can be recognised. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Resolves when it was accepted. */
export type Mailer = (mail: Mail) => Promise<void>;

const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 10_000, throwOnRequestTimeout: true };
const UTF8 = (Data: string) => ({ Data, Charset: 'UTF-8' });

export function sesMailer(from: string): Mailer {
  const ses = new SESv2Client({ maxAttempts: 1, requestHandler: TIMEOUTS }); // the queue tries again
  return async ({ id, to, subject, text }) => {
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        Content: {
          Simple: {
            Subject: UTF8(subject),
            Body: { Text: UTF8(text) },
            Headers: [{ Name: 'X-Entity-Ref-ID', Value: id }], // mail programs keep it; SES replaces a Message-ID
          },
        },
      }),
    );
  };
}

/** `v…@example.com`: enough to find one's own mail, and nobody's address. */
const masked = (address: string) => address.replace(/^(.)[^@]*/, '$1…');

export const logMailer =
  (log: Logger): Mailer =>
  async ({ id, to, subject }) =>
    log.info({ job: id, to: masked(to), subject }, 'mail');
