import { type Incident, type Observation, observe, standing } from '../../../../lambda/alert-router/incident';
import { MINUTE, NOON, seen } from '../../../support/alerts';

const having = (...messages: readonly Observation[]): Incident | undefined =>
  messages.reduce<Incident | undefined>((known, message) => observe(known, message) ?? known, undefined);

const at = (minutes: number) => NOON + minutes * MINUTE;

describe('an incident', () => {
  it('begins with the first firing and keeps its begin when it fires on', () => {
    expect(having(seen('firing', at(0)), seen('firing', at(3)))).toMatchObject({ state: 'firing', since: at(0) });
  });

  it('is changed by no message that came before', () => {
    const known = having(seen('firing', at(0)));
    expect(known && observe(known, seen('firing', at(0)))).toBeUndefined();
  });

  it('is over although the firing comes after its end, and is known to have been', () => {
    expect(having(seen('ok', at(5)), seen('firing', at(0)))).toMatchObject({ state: 'ok', since: at(0), at: at(5) });
  });

  it('stands when an older end comes late', () => {
    const known = having(seen('firing', at(0)), seen('ok', at(5)), seen('firing', at(6)));
    expect(known && observe(known, seen('ok', at(5)))).toBeUndefined();
  });

  it('that never fired has no begin', () => {
    expect(having(seen('ok', at(0)))).toMatchObject({ state: 'ok', since: 0, firings: [] });
  });

  it('is the same one when it fires again within 15 minutes of its end, and another one later', () => {
    expect(having(seen('firing', at(0)), seen('ok', at(5)), seen('firing', at(19)))?.since).toBe(at(0));
    expect(having(seen('firing', at(0)), seen('ok', at(5)), seen('firing', at(20)))?.since).toBe(at(20));
  });

  it('is acknowledged until it fires anew', () => {
    const known = having(seen('firing', at(0)), seen('acknowledged', at(1)));
    expect(known?.acknowledged).toBe(true);
    expect(
      having(seen('firing', at(0)), seen('acknowledged', at(1)), seen('ok', at(2)), seen('firing', at(3)))
        ?.acknowledged,
    ).toBe(false);
  });

  it('that is over is not acknowledged', () => {
    expect(observe(having(seen('firing', at(0)), seen('ok', at(1))), seen('acknowledged', at(2)))).toBeUndefined();
  });

  it('is the same whatever the order of its messages', () => {
    const messages = [seen('firing', at(0)), seen('ok', at(30)), seen('firing', at(60)), seen('ok', at(65))];
    const orders = [
      [0, 1, 2, 3],
      [0, 1, 3, 2],
      [2, 3, 0, 1],
      [3, 2, 1, 0],
    ];
    for (const order of orders) {
      const known = having(...order.flatMap((index) => messages[index] ?? []));
      expect(known).toMatchObject({ state: 'ok', at: at(65), since: at(60) });
    }
  });
});

describe('one that flaps', () => {
  const flapping = having(...[0, 4, 8].flatMap((minute) => [seen('firing', at(minute)), seen('ok', at(minute + 1))]));

  it('stands until it has been calm for 10 minutes', () => {
    expect(flapping && standing(flapping, at(10))).toEqual({ state: 'firing', until: at(19), flapping: true });
    expect(flapping && standing(flapping, at(19))).toMatchObject({ state: 'ok' });
  });

  it('does not flap by firing twice', () => {
    const twice = having(seen('firing', at(0)), seen('ok', at(1)), seen('firing', at(4)), seen('ok', at(5)));
    expect(twice && standing(twice, at(6))).toEqual({ state: 'ok', flapping: false });
  });

  it('does not flap by firing three times in hours', () => {
    const rarely = having(
      ...[0, 60, 120].flatMap((minute) => [seen('firing', at(minute)), seen('ok', at(minute + 1))]),
    );
    expect(rarely && standing(rarely, at(122)).state).toBe('ok');
  });
});
