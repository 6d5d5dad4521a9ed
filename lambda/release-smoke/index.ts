/** The smoke test of a rollout, inside the network: Step Functions hands its answer to the next look. */
import type { SmokeInput, SmokeResult } from '../rollout/service';
import { smoke } from './smoke';

export const handler = async (input: SmokeInput): Promise<SmokeResult> => ({
  service: input.service,
  reason: await smoke(input),
});
