import { canonicalText } from '../model/canonical-text.js';
import { type Entity } from '../model/entity.js';
import { type IStore } from '../tiers/persistence.js';
import { Crash } from './crashing-persistence.js';
import {
  DAY,
  type Device,
  HOUR,
  MINUTE,
  NAMES,
  type Note,
  type Process,
  type ScenarioWorld,
} from './scenario-world.js';

/** What devices, people and clouds do in a scenario, one thing at a time, by chance. */
export class ScenarioDeeds {
  readonly #world: ScenarioWorld;

  constructor(world: ScenarioWorld) {
    this.#world = world;
  }

  async step(): Promise<void> {
    const world = this.#world;
    const device = world.any(world.devices);
    const process = world.any(device.processes);
    const dice = world.random();
    if (dice < 0.35) this.#work(device, process);
    else if (dice < 0.48) await this.#flush(device, process);
    else if (dice < 0.7) await this.#sync(device, process);
    else if (dice < 0.78) await this.#crash(device, process);
    else if (dice < 0.82) await this.#restart(device, process);
    else if (dice < 0.86) await this.#look(process);
    else if (dice < 0.9) this.#jump(device);
    else if (dice < 0.92) await this.#changeKey(device);
    else if (dice < 0.94 && world.isDamaging) this.#damage();
    else if (dice < 0.95) this.#refuse(device, process);
    else world.pass(world.any([1, 5 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY]));
  }

  /** Saves and deletes at once, as an application does between two awaits. */
  #work(device: Device, process: Process): void {
    const deeds = this.#world.between(1, 4);
    process.orchestrator.batch(() => {
      for (let count = 0; count < deeds; count++) this.#deed(device, process);
    });
  }

  #deed(device: Device, { orchestrator, store, pending }: Process): void {
    const world = this.#world;
    const { log, ids, book } = world;
    const entityName = world.any(NAMES);
    const repo = orchestrator.repo<Note>(entityName);
    const kept = (id: string) => findInStore(store, entityName, id);
    const dice = world.random();
    if (dice < 0.3 && ids.length > 0) {
      const id = world.any(ids);
      const before = kept(id);
      repo.delete(id);
      pending.push(book.delete(entityName, id, before));
      log.push(`${device.name} deletes ${entityName} ${id}`);
      return;
    }
    const text = `${device.name} ${world.next()}`;
    const note = { text, when: new Date(world.now), nothing: undefined };
    const id = dice < 0.7 ? repo.save({ ...note, id: world.any(ids) }) : repo.save(note);
    if (!ids.includes(id)) ids.push(id);
    const entity = kept(id);
    if (!entity) throw new Error(`${entityName} ${id} was saved and is not in the store`);
    pending.push(book.save(entityName, id, entity));
    log.push(
      `${device.name} saves ${entityName} ${id} "${text}" at ${entity.updatedAt?.toISOString()}`,
    );
  }

  async #flush(device: Device, process: Process): Promise<void> {
    const pending = [...process.pending];
    await this.#world.try(device, 'flush', async () => {
      await process.orchestrator.flush();
      this.#world.acknowledge(device, process, pending);
    });
  }

  /** A sync with all tiers; at some call of it somebody else works, or the same device does. Then, at times, what is written otherwise is written anew. */
  async #sync(device: Device, process: Process): Promise<void> {
    const undo = this.#world.chance(0.5) ? this.#interrupt(process) : () => undefined;
    const pending = [...process.pending];
    await this.#world.try(device, 'sync', async () => {
      await process.orchestrator.syncNow();
      this.#world.acknowledge(device, process, pending);
    });
    if (this.#world.chance(0.5))
      await this.#world.try(device, 'writes anew', () => writeAnew(process));
    undo();
  }

  #interrupt(process: Process): () => void {
    const world = this.#world;
    const device = world.any(world.devices);
    const other = world.any(device.processes);
    const at = world.between(0, 12);
    let calls = 0;
    const hook = async () => {
      if (calls++ !== at) return;
      world.log.push('  meanwhile:');
      this.#work(device, other);
      if (other === process) return;
      const pending = [...other.pending];
      await world.try(device, 'meanwhile sync', async () => {
        await other.orchestrator.syncNow();
        world.acknowledge(device, other, pending);
      });
    };
    const ends = process.clouds.map((cloud) => cloud.beforeCall(hook));
    if (process.control) process.control.before = hook;
    return () => {
      for (const end of ends) end();
      if (process.control) process.control.before = () => undefined;
    };
  }

  /** The process dies at some await of its work, and starts again with what its disk holds. */
  async #crash(device: Device, process: Process): Promise<void> {
    const world = this.#world;
    const isAfterEffect = world.chance(0.5);
    if (world.chance(0.3)) this.#work(device, process);
    process.control?.dieAfter(world.between(0, 8), isAfterEffect);
    for (const cloud of process.clouds)
      cloud.stopAfter(world.between(0, 8), { error: new Crash(), isLastReplyLost: isAfterEffect });
    await world.try(device, 'dies in sync', async () => {
      await process.orchestrator.syncNow();
      await writeAnew(process);
    });
    await world.replace(device, process);
  }

  /** The page is left in good order. */
  async #restart(device: Device, process: Process): Promise<void> {
    const pending = [...process.pending];
    await this.#world.try(device, 'restart', () => process.orchestrator.unload());
    const [local] = process.orchestrator.states();
    if (device.disk && local?.error === null) this.#world.acknowledge(device, process, pending);
    await this.#world.replace(device, process);
  }

  async #look({ orchestrator }: Process): Promise<void> {
    const repo = orchestrator.repo<Note>(this.#world.any(NAMES));
    const id = this.#world.any(this.#world.ids);
    const all = await repo.getAll();
    const one = await repo.get(id);
    if (one && all.some((note) => note.id === id && canonicalText(note) !== canonicalText(one)))
      throw new Error(`get and getAll differ about ${id}`);
    this.#world.log.push(`looks at ${all.length}`);
  }

  #jump(device: Device): void {
    const world = this.#world;
    const aside = (world.random() * 6 - 3) * 365 * DAY;
    device.offsetMs = world.any([0, aside, -HOUR, 200 * 365 * DAY]);
    world.log.push(`${device.name}: clock jumps to ${device.offsetMs / DAY} d`);
  }

  /** A device turns encryption on, changes the key, or is told of the newest one; the others go on with what they have. */
  async #changeKey(device: Device): Promise<void> {
    const world = this.#world;
    const isTold = world.newestKey !== null && world.chance(0.5);
    if (!isTold) world.newestKey = (world.newestKey ?? 0) + 1;
    world.log.push(`${device.name}: key ${world.newestKey}`);
    await tellKey(world, device);
  }

  #refuse(device: Device, { control }: Process): void {
    const calls = this.#world.between(1, 20);
    this.#world.log.push(`the disk of ${device.name} refuses ${calls} calls`);
    control?.refuse(calls);
  }

  #damage(): void {
    const world = this.#world;
    const cloud = world.any(world.clouds);
    const files = cloud.files().filter(({ size }) => size > 0);
    if (files.length === 0) return;
    const { path, size } = world.any(files);
    const bytes = Uint8Array.from(cloud.peek(path) ?? []);
    const how = world.any(['alter', 'tear', 'drop']);
    world.log.push(`${how} ${path}`);
    cloud.drop(path);
    if (how === 'drop') return;
    const at = Math.floor(world.random() * size);
    if (how === 'alter') bytes[at] = (bytes[at] ?? 0) ^ 1;
    cloud.poke(path, how === 'tear' ? bytes.subarray(0, at) : bytes);
  }
}

/** The device gets all keys; from now on it seals, where it wrote plain files before. */
export async function tellKey(world: ScenarioWorld, device: Device): Promise<void> {
  if (world.newestKey === null) return;
  const wasPlain = device.keys === null;
  device.keys = { oldest: 1, newest: world.newestKey };
  if (!wasPlain) return;
  for (const process of [...device.processes]) await world.replace(device, process);
}

/** Writes anew what lies in the clouds of a process and would be written in another way now. */
export async function writeAnew({ tiers }: Process): Promise<void> {
  for (const tier of tiers)
    for (const key of await tier.outdatedKeys('app')) await tier.mergeData(key, {});
}

function findInStore(store: IStore, entityName: string, id: string): Entity | null {
  const keys = ['app.global', `app.${entityName}`, `app.${id.slice(0, -13)}`];
  for (const key of keys) {
    const entity = store.get(key, entityName, id);
    if (entity) return entity as Entity;
  }
  return null;
}
