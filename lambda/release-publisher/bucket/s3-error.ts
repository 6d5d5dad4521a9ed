/** A refusal of S3 in one line: what was asked of which key, what it said, and the mend. */
import { PublishError } from '../error';

export interface Asked {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
}

const MENDS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'correct the name, or deploy the stack that makes the bucket',
  AccessDenied: 'allow these credentials to read, list, write and delete there',
  InvalidAccessKeyId: 'use credentials that exist (aws sts get-caller-identity shows whose they are)',
  SignatureDoesNotMatch: 'use the secret key that belongs to the access key',
  ExpiredToken: 'log in again',
  InvalidToken: 'log in again',
  RequestTimeTooSkewed: "set this machine's clock",
  XAmzContentSHA256Mismatch: 'the file changed while it was published: publish again',
};

export class S3Error extends PublishError {
  constructor(
    asked: Asked,
    /** 0 when there was no answer. */
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    const mend = MENDS[code];
    const what = [status || '', code, message && message !== code ? `(${message})` : ''].filter(Boolean).join(' ');
    super(
      `${asked.method} s3://${asked.bucket}/${asked.key}: expected success, got ${what}${mend ? `; ${mend}` : ''}`.replace(
        /[\r\n]+/g,
        ' ',
      ),
    );
  }
}

const tag = (body: string, name: string) => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? '';

/** Of an answer; HEAD has no body, so the status must do. */
export function s3Error(asked: Asked, status: number, body: string): S3Error {
  const byStatus: Readonly<Record<number, string>> = {
    403: 'AccessDenied',
    404: 'NotFound',
    412: 'PreconditionFailed',
  };
  return new S3Error(asked, status, tag(body, 'Code') || byStatus[status] || `HTTP${status}`, tag(body, 'Message'));
}

const PASSING = new Set([
  'SlowDown',
  'InternalError',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
]);

/** Whether the same request may succeed a moment later. */
export const isPassing = ({ status, code }: S3Error) =>
  status === 0 || status >= 500 || status === 429 || PASSING.has(code);
