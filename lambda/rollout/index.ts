/** The function behind each step of the rollout machine. Throws where AWS does: the state machine comes again. */
import { act, tell } from './act';
import { s3 } from './clients';
import { lookOnce, type World } from './machine';
import { look } from './observe';
import type { Environment, LookInput, LookOutput } from './service';
import { readState, writeState } from './store';

const { ENVIRONMENT, RELEASE_BUCKET } = process.env as Environment;

const AWS: World = {
  now: Date.now,
  read: (service) => readState(s3, RELEASE_BUCKET, service),
  write: (service, state, etag) => writeState(s3, RELEASE_BUCKET, service, state, etag),
  look,
  act,
  tell: (what) => tell(ENVIRONMENT, what),
};

export const handler = (input: LookInput): Promise<LookOutput> => lookOnce(AWS, input);
