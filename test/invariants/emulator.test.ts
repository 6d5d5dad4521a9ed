/** What the local emulator accepts without emulating it: no more than the templates need. */
import { readFileSync } from 'node:fs';
import { resourcesOf, TEMPLATES } from '../support/assemblies';

const accepted: Readonly<Record<string, string>> = JSON.parse(
  readFileSync('lib/rehearsal/emulator/accepted_types.json', 'utf8'),
);

it.each(Object.entries(accepted))('%s is in a template, and its reason is written', (type, reason) => {
  expect(resourcesOf(TEMPLATES, type).length).toBeGreaterThan(0);
  expect(reason).toMatch(/\w+ \w+/);
});
