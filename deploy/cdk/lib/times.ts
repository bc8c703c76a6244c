/** How long the state machine waits, and how soon it notices a lost task; in seconds. */
export interface Waits {
  /** Between looks at a destination that lets nobody write yet, during the first 6 hours. */
  readonly first: number;
  /** ... then for the rest of 2 days. */
  readonly later: number;
  /** ... then until 30 days are over. */
  readonly last: number;
  /**
   * A task from which nothing was heard for so long is lost. Counts from RunTask: a container needs up
   * to a minute or two before it can say anything, and a Spot task may first wait for a place.
   */
  readonly heartbeat: number;
  /** How often a task says that it lives (COPYOUT_HEARTBEAT_SECONDS). */
  readonly beat: number;
}

export const USUAL: Waits = { first: 600, later: 3600, last: 10800, heartbeat: 300, beat: 30 };

/** For development: nobody wants to wait 10 minutes for a permission that he has just given. */
export const FAST: Waits = { first: 30, later: 30, last: 30, heartbeat: 120, beat: 10 };

export function waitsFrom(fastTimes: boolean | undefined, override: Partial<Waits> | undefined): Waits {
  const waits = { ...(fastTimes ? FAST : USUAL), ...override };
  for (const [name, seconds] of Object.entries(waits)) {
    if (!Number.isInteger(seconds) || seconds < 1) {
      throw new Error(`waits.${name} must be a whole number of seconds, at least 1, and is ${seconds}`);
    }
  }
  // One beat may be lost on the way without the task being given up.
  if (waits.heartbeat < 2 * waits.beat) {
    throw new Error(`waits.heartbeat (${waits.heartbeat}) must be at least twice waits.beat (${waits.beat})`);
  }
  return waits;
}
