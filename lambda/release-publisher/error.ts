/** What the user can mend: one line with path, expected, got and the mend. Anything else that is thrown is a fault of ours. */
export class PublishError extends Error {}
