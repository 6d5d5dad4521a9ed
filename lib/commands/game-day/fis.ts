/** AWS's Fault Injection Service, asked by hand: begin, look, end, and what runs. Four calls; its own client is of an older SDK than ours. */
import { sign } from 'aws4';
import type { Caller } from '../../../lambda/aws';
import { ConfigError } from '../../config/config-error';

const MS = 10_000;
/** As a gateway says it that got no answer. */
const NO_ANSWER = 504;

/** With the status where AWS's SDK has it: by that, who watches tells silence from a refusal. */
class FisError extends ConfigError {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(httpStatusCode: number, message: string) {
    super(message);
    this.$metadata = { httpStatusCode };
  }
}

/** As FIS says it: https://docs.aws.amazon.com/fis/latest/APIReference/API_Experiment.html */
export interface ExperimentSeen {
  readonly id: string;
  readonly experimentTemplateId: string;
  readonly state: { readonly status: string; readonly reason?: string };
  readonly actions?: Readonly<
    Record<string, { readonly state?: { readonly status?: string; readonly reason?: string } }>
  >;
}

export interface Fis {
  begin(template: string, token: string): Promise<ExperimentSeen>;
  look(id: string): Promise<ExperimentSeen>;
  end(id: string): Promise<void>;
  /** Those that FIS lists, of any template. */
  all(): Promise<readonly ExperimentSeen[]>;
}

export function fisOf(caller: Caller): Fis {
  const { region } = caller;
  const origin = caller.endpoint ?? `https://fis.${region}.amazonaws.com`;
  async function ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, input?: unknown): Promise<T> {
    const body = input === undefined ? undefined : JSON.stringify(input);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const { host } = new URL(origin);
    const signed = sign({ service: 'fis', region, host, method, path, headers, body }, caller.credentials());
    const { answer, text } = await fetch(origin + path, {
      method,
      headers: signed.headers as Record<string, string>,
      body,
      signal: AbortSignal.timeout(MS),
    })
      .then(async (answer) => ({ answer, text: await answer.text() }))
      .catch((error: Error) => {
        throw new FisError(NO_ANSWER, `FIS in ${region}: expected an answer, got ${error.message}; check the network`);
      });
    if (answer.ok) return JSON.parse(text || '{}') as T;
    throw new FisError(
      answer.status,
      `FIS in ${region}: expected ${method} ${path.split('?')[0]} to be done, got ${answer.status}: ${text.slice(0, 300)}; check whose credentials you have`,
    );
  }
  const one = ({ experiment }: { readonly experiment: ExperimentSeen }) => experiment;
  return {
    begin: async (experimentTemplateId, clientToken) =>
      one(await ask('POST', '/experiments', { experimentTemplateId, clientToken })),
    look: async (id) => one(await ask('GET', `/experiments/${id}`)),
    async end(id) {
      await ask('DELETE', `/experiments/${id}`);
    },
    async all() {
      const found: ExperimentSeen[] = [];
      for (let next: string | undefined = ''; next !== undefined; ) {
        const query: string = next ? `&nextToken=${encodeURIComponent(next)}` : '';
        const page: { readonly experiments?: readonly ExperimentSeen[]; readonly nextToken?: string } = await ask(
          'GET',
          `/experiments?maxResults=100${query}`,
        );
        found.push(...(page.experiments ?? []));
        next = page.nextToken;
      }
      return found;
    },
  };
}
