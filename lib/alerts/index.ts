/** The whole catalogue by alert name: what configuration may override, and what has a runbook. */
export const ALERTS: Readonly<Record<string, object>> = {};
