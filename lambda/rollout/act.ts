/** Does what a decision demands, one call for each; each may be done twice without harm. */
import {
  CancelInstanceRefreshCommand,
  ResumeProcessesCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DEPLOYMENT_SOURCE } from '../alert-router/parse/event-kinds';
import { autoScaling, events } from './clients';
import { setWeights } from './forward';
import type { Service } from './service';
import type { Rollout } from './state';
import type { Action } from './wanted';

/** After its first servers, a refresh waits for as long as a step is watched. */
const FIRST_PERCENT = 20;
/** Until the balancer has found a new server well: two good answers, 10 s apart, and some more. */
const WARM_UP_SECONDS = 30;
/** Of Auto Scaling, for one refresh. */
const MOST_ALARMS = 10;
/** It was started, or cancelled, by a look whose end was not written down. */
const DONE_ALREADY = [
  'InstanceRefreshInProgressFault',
  'InstanceRefreshInProgress',
  'ActiveInstanceRefreshNotFoundFault',
  'ActiveInstanceRefreshNotFound',
];

async function unlessDone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (DONE_ALREADY.includes((error as { readonly name?: string }).name ?? '')) return undefined;
    throw error;
  }
}

async function start(
  group: string,
  { phase, plan, firing }: Rollout,
  { alarms }: Service,
): Promise<string | undefined> {
  const isBack = phase === 'back';
  const watched = alarms.filter((name) => !firing.includes(name)).slice(0, MOST_ALARMS);
  const started = await unlessDone(
    autoScaling.send(
      new StartInstanceRefreshCommand({
        AutoScalingGroupName: group,
        Strategy: 'Rolling',
        Preferences: {
          SkipMatching: false, // the launch template stays the same
          MinHealthyPercentage: 100,
          MaxHealthyPercentage: 150,
          InstanceWarmup: WARM_UP_SECONDS,
          // on the way back nothing is waited for, and what rings is why
          ...(!isBack && { CheckpointPercentages: [FIRST_PERCENT, 100], CheckpointDelay: plan.bakeSeconds }),
          ...(!isBack && watched.length > 0 && { AlarmSpecification: { Alarms: watched } }),
        },
      }),
    ),
  );
  return started?.InstanceRefreshId;
}

/** @returns the id of a refresh that was started. */
export async function act(action: Action, service: Service): Promise<string | undefined> {
  switch (action.kind) {
    case 'weights':
      if (service.balanced) await setWeights(service.balanced, action.weights);
      return undefined;
    case 'limits': {
      const { min, max } = action.limits;
      // the group's own rule: it wants at least its minimum, and at most its maximum
      const size = { AutoScalingGroupName: action.group, MinSize: min, MaxSize: max };
      await autoScaling.send(new UpdateAutoScalingGroupCommand(size));
      return undefined;
    }
    case 'schedule': {
      const processes = { AutoScalingGroupName: action.group, ScalingProcesses: ['ScheduledActions'] };
      await autoScaling.send(
        action.scheduled ? new ResumeProcessesCommand(processes) : new SuspendProcessesCommand(processes),
      );
      return undefined;
    }
    case 'cancel':
      await unlessDone(autoScaling.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: action.group })));
      return undefined;
    case 'start':
      return start(action.group, action.rollout, service);
  }
}

/** People hear of it, and the dashboard marks it. */
export async function tell(environment: string, what: string): Promise<void> {
  const Detail = JSON.stringify({ environment, what });
  await events.send(
    new PutEventsCommand({ Entries: [{ Source: DEPLOYMENT_SOURCE, DetailType: 'Deployment', Detail }] }),
  );
}
