/** What Ctrl-C means for a command that watches what AWS goes on with by itself: it says how to see that, and ends. Stops nothing else. */

/** @param text said on Ctrl-C @returns what takes the listener away */
export function leaveGoing(text: string): () => void {
  const leave = () => {
    console.error(`\n${text}`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  return () => process.off('SIGINT', leave);
}
