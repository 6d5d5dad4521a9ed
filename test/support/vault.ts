/** Secrets Manager for one secret, in memory: versions, labels as AWS moves them, and the four steps in order. Rotates by no schedule. */
import { randomUUID } from 'node:crypto';
import { type Core, rotate } from '../../lambda/rotation/steps';
import type { Vault } from '../../lambda/rotation/vault';

export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

interface Version {
  value?: string;
  labels: string[];
}

export class VaultInMemory<S> implements Vault {
  /** In the order of their making. */
  readonly versions = new Map<string, Version>();

  constructor(first: S) {
    this.versions.set(randomUUID(), { value: JSON.stringify(first), labels: ['AWSCURRENT'] });
  }

  labels = async () => Object.fromEntries([...this.versions].map(([id, { labels }]) => [id, labels]));
  read = async (version: string) => this.versions.get(version)?.value;
  add = async (version: string, value: string) => void this.versions.set(version, { value, labels: ['AWSPENDING'] });
  history = async () => [...this.versions.keys()].reverse();
  makeCurrent = async (version: string, instead: string) => {
    this.label('AWSPREVIOUS', instead);
    this.label('AWSCURRENT', version);
  };

  label(label: string, version: string): void {
    for (const [id, each] of this.versions) {
      each.labels = each.labels.filter((one) => one !== label);
      if (id === version) each.labels.push(label);
    }
  }

  valueOf(label: 'AWSCURRENT' | 'AWSPREVIOUS' | 'AWSPENDING'): S | undefined {
    const found = [...this.versions.values()].find(({ labels }) => labels.includes(label));
    return found?.value === undefined ? undefined : (JSON.parse(found.value) as S);
  }

  get current(): S {
    return this.valueOf('AWSCURRENT') as S;
  }

  /** As RotateSecret begins: the label is there before the value. */
  begin(): string {
    const token = randomUUID();
    this.versions.set(token, { labels: [] });
    this.label('AWSPENDING', token);
    return token;
  }

  /** A whole rotation, or what is left of one. */
  async rotate(core: Core<S>, token = this.begin()): Promise<void> {
    for (const step of STEPS) await this.step(core, step, token);
  }

  /** @param vault the one that the step sees */
  step(core: Core<S>, Step: string, ClientRequestToken: string, vault: Vault = this): Promise<void> {
    return rotate(vault, { Step, SecretId: 'secret', ClientRequestToken }, core);
  }
}
