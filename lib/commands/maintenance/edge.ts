/** The maintenance page at the edge: the function before the site's cache with its switch turned, published. It runs everywhere within seconds. */
import {
  CloudFrontClient,
  DescribeFunctionCommand,
  type FunctionConfig,
  GetFunctionCommand,
  PublishFunctionCommand,
  UpdateFunctionCommand,
} from '@aws-sdk/client-cloudfront';
import { ConfigError } from '../../config/config-error';
import { EDGE_REGION } from '../../config/edge-region';
import { PATIENCE } from '../outputs';

const spelt = (on: boolean) => `const MAINTENANCE = ${on};`;

/** The same code with its switch turned; nothing when it is as wished. Throws a ConfigError for a function without one. */
export function switched(name: string, code: string, on: boolean): string | undefined {
  if (code.includes(spelt(on))) return undefined;
  if (code.includes(spelt(!on))) return code.replace(spelt(!on), spelt(on));
  throw new ConfigError(`${name}: expected a line '${spelt(!on)}' in the function, got none; deploy again`);
}

/** @returns whether anything changed */
export async function switchEdge(environment: string, on: boolean): Promise<boolean> {
  const Name = `Holdfast-${environment}-Edge-Page`;
  const cloudFront = new CloudFrontClient({ region: EDGE_REGION, ...PATIENCE });
  const { FunctionCode: live } = await cloudFront.send(new GetFunctionCommand({ Name, Stage: 'LIVE' }));
  const code = switched(Name, Buffer.from(live ?? []).toString(), on);
  if (code === undefined) return false;
  const draft = () => cloudFront.send(new DescribeFunctionCommand({ Name, Stage: 'DEVELOPMENT' }));
  const { ETag, FunctionSummary } = await draft();
  await cloudFront.send(
    new UpdateFunctionCommand({
      Name,
      IfMatch: ETag,
      FunctionConfig: FunctionSummary?.FunctionConfig as FunctionConfig,
      FunctionCode: Buffer.from(code),
    }),
  );
  const { ETag: updated } = await draft(); // the update's own answer names it in a header of another spelling
  await cloudFront.send(new PublishFunctionCommand({ Name, IfMatch: updated }));
  return true;
}
