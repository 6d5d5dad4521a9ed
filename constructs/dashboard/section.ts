/** What a dashboard shows, as data: sections of graphs, each of one or more signals of the same unit. Not where it stands: the grid's. */
export interface Graph<Signal extends string = string> {
  readonly title: string;
  /** Legend by signal, in the order drawn; several metrics of one are numbered. Signals an environment lacks are left out. */
  readonly signals: Readonly<Partial<Record<Signal, string>>>;
  /** A signal of any unit on an axis of its own at the right: what may explain the curves. @default none */
  readonly beside?: Readonly<Partial<Record<Signal, string>>>;
  /** Upper end of the axis, in the signals' unit. @default the highest value or threshold */
  readonly max?: number;
}

export interface Section<Signal extends string = string> {
  readonly title: string;
  /** What it answers, in a sentence. */
  readonly about: string;
  /** Graphs side by side on a desktop; a phone has one. @default 3 */
  readonly perRow?: 2 | 3 | 4;
  readonly graphs: readonly Graph<Signal>[];
}
