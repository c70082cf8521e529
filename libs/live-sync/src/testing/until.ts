/** Most turns of the event loop that something may take. */
const MOST_TURNS = 200_000;

/** Lets the event loop turn until something holds. @throws Error when it never does */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = 'it happened',
): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    if (await holds()) return;
    await nextTurn();
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Lets all that is under way go on for a while: for saying that something does not happen. */
export async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await nextTurn();
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
