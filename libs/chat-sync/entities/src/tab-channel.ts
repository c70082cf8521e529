import { type Injector } from '@angular/core';
import { ɵSEAM } from '@chat-vault/chat-sync';
import { type DataOrchestrator } from '@chat-vault/entity-sync';

/**
 * Tells the other tabs when something was written to the device, and takes over what they write. A frozen page hears of it too, but what it
 * reads then does not come to an end and holds up the writes of all tabs: so it waits until it thaws. Gives what ends that.
 */
export function openTabChannel(
  injector: Injector,
  name: string,
  orchestrator: DataOrchestrator,
): () => void {
  const work = injector.get(ɵSEAM.BackgroundWork);
  const page = injector.get(ɵSEAM.BROWSER_WINDOW) as (Window & typeof globalThis) | null;
  const environment = injector.get(ɵSEAM.ENTITIES_ENVIRONMENT, null);
  const open = environment
    ? environment.openChannel
    : (of: string) => (page?.BroadcastChannel ? new page.BroadcastChannel(of) : null);
  const channel = open?.(`chat-sync-entities:${name}`) ?? null;
  if (!channel) return () => undefined;
  const refresh = () => void work.track(orchestrator.refresh().catch(() => undefined));
  const ending = new AbortController();
  let isFrozen = false;
  let hasMissed = false;
  const onLife = ({ type }: Event): void => {
    isFrozen = type === 'freeze';
    if (isFrozen || !hasMissed) return;
    hasMissed = false;
    refresh();
  };
  for (const name of ['freeze', 'resume'])
    page?.document.addEventListener(name, onLife, { signal: ending.signal });
  channel.onmessage = () => {
    if (isFrozen) hasMissed = true;
    else refresh();
  };
  // Also what came from the device is told: it is answered by nothing, as then both are equal.
  const subscription = orchestrator.telemetry$.subscribe(({ keysWritten }) => {
    if (keysWritten > 0) channel.postMessage('written');
  });
  return () => {
    subscription.unsubscribe();
    ending.abort();
    channel.close();
  };
}
