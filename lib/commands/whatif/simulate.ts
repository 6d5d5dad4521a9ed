/** One loss in an environment: what is hit, what takes over, how long each thing is away, what is gone, and who is told. */
import type { Environment } from '../../config/environment';
import type { Resource, Stack } from '../assembly';
import { type Fired, firedBy, told } from './alarms';
import { graphOf, type Link, labelOf } from './graph';
import type { Hurt } from './hurt';
import { type Loss, lossesOf } from './losses';
import { FUNCTIONS, type Function_, type Need, needsOf } from './needs';
import { type Parts, partsOf } from './parts';
import { symptomsOf } from './symptoms';
import { hurtOf } from './takeovers';
import { type Verdict, verdictOf } from './verdict';

export interface Result {
  readonly loss: Loss;
  readonly hurts: readonly Hurt[];
  /** Labels of what stops with it, since it is encrypted by what is lost. */
  readonly stops: readonly string[];
  readonly verdicts: Readonly<Record<Function_, Verdict>>;
  readonly fired: readonly Fired[];
  /** Who tells of it without an alarm. */
  readonly told: readonly string[];
  readonly gone: readonly string[];
  /** What people do where nothing takes over. */
  readonly mend: readonly string[];
}

export interface System {
  readonly losses: readonly Loss[];
  readonly parts: Parts;
  readonly lose: (loss: Loss) => Result;
}

const unique = (texts: readonly (string | undefined)[]) => [...new Set(texts.filter((text) => text !== undefined))];
/** What opens something each time that it runs. */
const OPENING = /^AWS::(Lambda::Function|SecretsManager::SecretTargetAttachment)$/;
/** What nobody misses by itself. */
const ASIDE = /^AWS::IAM::|^Custom::/;

/** What people do; a region or an account is not ours to mend. */
function mendOf({ name, regions }: Loss, hurts: readonly Hurt[]): readonly string[] {
  if (regions.length > 0) return [`${name.replace(/^(\w+)/, 'the $1')} is back`];
  return unique(hurts.map(({ terms, takesOver, mend }) => (terms || takesOver !== 'nothing' ? undefined : mend)));
}

function goneOf({ kind, regions }: Loss, hurts: readonly Hurt[]): readonly string[] {
  if (kind === 'account') return ['everything: no copy is outside the account'];
  const gone = unique(hurts.filter((hurt) => regions.length === 0 || hurt.kind !== 'key').map((hurt) => hurt.gone));
  return regions.length === 0 ? gone : [`nothing when it is back; else ${gone.join(', ')}`];
}

function lose(parts: Parts, needs: Readonly<Record<Function_, Need>>, loss: Loss): Result {
  const { graph } = parts;
  const known = new Map<Resource, Hurt | undefined>();
  const own = (resource: Resource): Hurt | undefined => {
    if (known.has(resource)) return known.get(resource);
    const zoned =
      resource.type === 'AWS::EC2::LaunchTemplate'
        ? [...parts.services, ...(parts.standby?.services ?? [])].find((s) => s.template === resource)?.zones
        : undefined;
    const hit = loss.zone && zoned?.includes(loss.zone) ? 'zone' : loss.hit(resource);
    const found = hit && hurtOf(resource, hit, parts);
    const { region } = resource.stack;
    const hurt = found && {
      ...found,
      symptoms: found.symptoms?.map((symptom) => (symptom.signal ? { region, ...symptom } : symptom)),
    };
    known.set(resource, hurt);
    return hurt;
  };
  const linked = (resource: Resource, wanted: readonly Link[]) =>
    graph.links(resource).flatMap(({ to, link }) => (wanted.includes(link) ? [to] : []));
  const suffered = (resource: Resource): readonly Hurt[] =>
    [
      own(resource) ?? [],
      // a server has read its secrets when it started; what opens something each time needs them, and their keys
      ...linked(resource, OPENING.test(resource.type) ? ['encrypted by', 'opens with'] : ['encrypted by']).map(
        suffered,
      ),
    ].flat();
  const hurts = graph.resources.flatMap((resource) => own(resource) ?? []);
  const verdicts = Object.fromEntries(
    FUNCTIONS.map((name) => [name, verdictOf(needs[name], suffered)]),
  ) as Result['verdicts'];
  const stopping = graph.resources.filter(
    (resource) =>
      !ASIDE.test(resource.type) && !own(resource) && linked(resource, ['encrypted by']).some((key) => own(key)),
  );
  const symptoms = symptomsOf(
    parts,
    [...hurts, ...stopping.flatMap((each) => hurtOf(each, 'region', parts) ?? [])],
    verdicts,
  );
  return {
    loss,
    hurts,
    stops: unique(stopping.map(labelOf)),
    verdicts,
    fired: firedBy(parts, symptoms, loss.regions),
    told: told(
      parts,
      graph.resources.filter((resource) => own(resource)),
      loss.regions,
    ),
    gone: goneOf(loss, hurts),
    mend: mendOf(loss, hurts),
  };
}

export function systemOf(config: Environment, stacks: readonly Stack[]): System {
  const parts = partsOf(graphOf(stacks), config);
  const needs = needsOf(parts);
  return { parts, losses: lossesOf(parts), lose: (loss) => lose(parts, needs, loss) };
}
