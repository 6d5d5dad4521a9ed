/** The function behind each step of the failover machine, in the second region. Throws where AWS there does: the state machine comes again. */
import { act, tell } from './act';
import { lookOnce } from './machine';
import { look } from './observe';
import type { Environment, LookInput, LookOutput } from './places';

const { ENVIRONMENT, RELEASE_BUCKET: bucket, MACHINE: machine } = process.env as Environment;

export const handler = (input: LookInput): Promise<LookOutput> =>
  lookOnce(
    {
      look: (order, places) => look(order, places, { bucket, machine }),
      act,
      tell: (what) => tell(input.places.second.region, ENVIRONMENT, what),
    },
    input,
  );
