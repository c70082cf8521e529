import { alterByte, tear } from '../testing/damage.js';
import { type Scene } from './scene.js';

/** A file is changed or cut off behind everybody's back. */
export function damage({ dice, log, world: { cloud } }: Scene): void {
  const files = cloud.files().filter(({ size }) => size > 0);
  if (files.length === 0) return;
  const { path, size } = dice.any(files);
  if (dice.chance(0.5)) {
    const at = Math.floor(dice.roll() * size);
    log.say(`alter ${path} at ${at}`);
    alterByte(cloud, path, at);
  } else {
    log.say(`tear ${path}`);
    tear(cloud, path, dice.roll());
  }
}

/** A person removes a file. */
export function dropFile({ dice, log, trash, world: { cloud } }: Scene): void {
  const files = cloud.files();
  if (files.length === 0) return;
  const { path } = dice.any(files);
  log.say(`drop ${path}`);
  trash.set(path, cloud.peek(path) ?? new Uint8Array());
  cloud.drop(path);
}

/** A person takes files out of the service's bin: some of all that was ever removed. */
export function restoreTrash({ dice, log, trash, world: { cloud } }: Scene): void {
  const share = dice.roll();
  for (const [path, bytes] of trash) {
    if (cloud.peek(path) !== undefined || !dice.chance(share)) continue;
    log.say(`restore ${path}`);
    cloud.poke(path, bytes);
  }
}

/** The service goes back to one of its backups. */
export function rollBack({ dice, log, snapshots, world: { cloud } }: Scene): void {
  if (snapshots.length === 0) return;
  const index = dice.between(0, snapshots.length - 1);
  log.say(`the cloud goes back to snapshot ${index}`);
  const snapshot = snapshots[index];
  if (snapshot) cloud.restore(snapshot);
}
