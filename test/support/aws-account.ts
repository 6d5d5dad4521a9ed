/** An empty emulated account for handlers that speak to AWS themselves: its address is in the environment before their modules are loaded. */

import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { accountEnv } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools } from './backend';
import { end, listen, portOf } from './nginx';

const ACCOUNT = '000000000000';
export const REGION = 'eu-west-1';

/** @param folder is emptied */
export async function startAccount(folder: string): Promise<Running> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  Object.assign(
    process.env,
    accountEnv({ endpoint: `http://127.0.0.1:${port}`, account: ACCOUNT, home: folder }, REGION),
  );
  return startEmulator(await foundTools(), {
    port,
    logFile: `${folder}/emulator.log`,
    temporary: resolve(folder),
    account: ACCOUNT,
  });
}

interface Answered {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** What a custom resource's handler answers CloudFormation. */
export async function answerOf(
  handler: (event: CloudFormationCustomResourceEvent) => Promise<void>,
  RequestType: 'Create' | 'Update' | 'Delete',
  ResourceType: string,
  properties: object,
): Promise<Answered> {
  let answer: unknown;
  const cloudformation = await listen(async (asked, response) => {
    answer = await json(asked);
    response.end();
  });
  try {
    await handler({
      RequestType,
      ResourceType,
      ResponseURL: `http://127.0.0.1:${portOf(cloudformation)}/`,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Resource',
      PhysicalResourceId: 'Resource',
      ResourceProperties: properties,
    } as unknown as CloudFormationCustomResourceEvent);
    return answer as Answered;
  } finally {
    await end(cloudformation);
  }
}
