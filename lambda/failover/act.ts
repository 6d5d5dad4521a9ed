/** Does what a decision demands; each may be done twice without harm. */
import { UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { DisableAlarmActionsCommand, EnableAlarmActionsCommand } from '@aws-sdk/client-cloudwatch';
import { ModifyRuleCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DEPLOYMENT_SOURCE } from '../alert-router/parse/event-kinds';
import { clientsOf, unlessSilent } from './clients';
import { createReplica, promote, rename, setReadOnly } from './databases';
import { fenceAnswer } from './fence';
import type { Places } from './places';
import type { Action } from './steps';

/** Of CloudWatch, for one call. */
const ALARMS_AT_ONCE = 100;

async function setAlarms(region: string, names: readonly string[], tell: boolean): Promise<void> {
  const { cloudWatch } = clientsOf(region);
  for (let at = 0; at < names.length; at += ALARMS_AT_ONCE) {
    const AlarmNames = names.slice(at, at + ALARMS_AT_ONCE);
    await (tell
      ? cloudWatch.send(new EnableAlarmActionsCommand({ AlarmNames }))
      : cloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames })));
  }
}

export async function act(action: Action, places: Places): Promise<void> {
  const { region } = places.second;
  const { balancing, autoScaling } = clientsOf(region);
  switch (action.kind) {
    case 'fence': {
      const Actions = [{ Type: 'fixed-response', FixedResponseConfig: fenceAnswer(action.up) } as const];
      await balancing.send(new ModifyRuleCommand({ RuleArn: places.fence, Actions }));
      return;
    }
    case 'read-only':
      await unlessSilent(setReadOnly(places[action.side], action.on)); // a region that is half gone holds nothing up: looks see whether it took
      return;
    case 'promote':
      return promote(places[action.side], action.name, places.backupDays);
    case 'rename':
      return rename(places[action.side], action.name, action.as);
    case 'create':
      return createReplica(places[action.side], action.name, places[action.of], action.like);
    case 'limits': {
      const { group, min, desired } = action;
      const size = { AutoScalingGroupName: group, MinSize: min, DesiredCapacity: desired };
      await autoScaling.send(new UpdateAutoScalingGroupCommand(size));
      return;
    }
    case 'alarms':
      return setAlarms(region, action.names, action.tell);
  }
}

/** People hear of it where they can; no failover waits for that. */
export async function tell(region: string, environment: string, what: string): Promise<void> {
  const Detail = JSON.stringify({ environment, what });
  const entry = { Source: DEPLOYMENT_SOURCE, DetailType: 'Deployment', Detail };
  await clientsOf(region)
    .events.send(new PutEventsCommand({ Entries: [entry] }))
    .catch((error) => console.error(`not told: ${what}`, error));
}
