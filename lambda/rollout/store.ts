/** The states of services in the release bucket: read, and written only where they are still as they were read. Decides nothing. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type ServiceState, stateKey } from './state';

export interface Stored {
  readonly state: ServiceState;
  readonly etag: string;
}

/** What S3 says when another one wrote in between, or writes now. */
const LOST = ['PreconditionFailed', 'ConditionalRequestConflict'];

const nameOf = (error: unknown) => (error as { readonly name?: string }).name ?? '';

/** @returns undefined where the service has no state yet: it was never deployed. */
export async function readState(s3: S3Client, Bucket: string, service: string): Promise<Stored | undefined> {
  try {
    const { Body, ETag = '' } = await s3.send(new GetObjectCommand({ Bucket, Key: stateKey(service) }));
    return { state: JSON.parse((await Body?.transformToString()) ?? ''), etag: ETag };
  } catch (error) {
    if (nameOf(error) === 'NoSuchKey') return undefined;
    throw error;
  }
}

/**
 * @param etag Of what was read. @default there was nothing
 * @returns the new etag, or undefined where another one wrote since.
 */
export async function writeState(
  s3: S3Client,
  Bucket: string,
  service: string,
  state: ServiceState,
  etag?: string,
): Promise<string | undefined> {
  const object = {
    Bucket,
    Key: stateKey(service),
    Body: `${JSON.stringify(state)}\n`,
    ContentType: 'application/json',
    CacheControl: 'no-store',
  };
  const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
  try {
    const { ETag = '' } = await s3.send(new PutObjectCommand({ ...object, ...condition }));
    return ETag;
  } catch (error) {
    if (LOST.includes(nameOf(error))) return undefined;
    throw error;
  }
}
