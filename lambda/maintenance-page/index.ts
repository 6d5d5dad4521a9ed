/** A target of the balancer, which a rule of the maintenance command sends everything to. Reaches nothing, so it answers whatever else is broken. */
import { answer } from './answer';

export const handler = async ({ path }: { readonly path: string }) => answer(path);
