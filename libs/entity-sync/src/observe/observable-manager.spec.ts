import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { EntityKeyNameStrategy } from '../strategy/entity-key-strategy.js';
import { type Contact, PlainPersistence, settle, TestWorld } from '../simulation/test-world.js';

/** Counts how often a query is computed: each time it is asked which keys it looks at. */
class CountingStrategy extends EntityKeyNameStrategy {
  queries = 0;

  override entityKeyFilter(): undefined {
    this.queries += 1;
  }
}

const open = async (options: Parameters<TestWorld['device']>[0] = {}) => {
  const device = await new TestWorld().device(options);
  return { device, repo: device.repo<Contact>('Contact') };
};

describe('observe', () => {
  it('gives the entity at once and after each change, null when there is none', async () => {
    const { repo } = await open();
    const seen: (string | undefined)[] = [];
    const subscription = repo.observe('a').subscribe((contact) => seen.push(contact?.name));
    expect(seen).toEqual([undefined]);
    repo.save({ id: 'a', name: 'Ada' });
    repo.save({ id: 'b', name: 'Bob' });
    repo.save({ id: 'a', name: 'Eve' });
    repo.delete('a');
    repo.delete('a');
    expect(seen).toEqual([undefined, 'Ada', 'Eve', undefined]);
    subscription.unsubscribe();
    repo.save({ id: 'a', name: 'late' });
    expect(seen).toHaveLength(4);
  });

  it('gives each observer a copy of its own', async () => {
    const { repo } = await open();
    repo.save({ id: 'a', name: 'Ada' });
    repo.observe('a').subscribe((contact) => {
      if (contact) contact.name = 'spoilt';
    });
    const seen: unknown[] = [];
    repo.observe('a').subscribe((contact) => seen.push(contact?.name));
    repo.save({ id: 'a', name: 'Eve' });
    expect(seen).toEqual(['Ada', 'Eve']);
  });

  it('goes on with an observer that takes one value only', async () => {
    const { repo } = await open();
    const seen: unknown[] = [];
    repo
      .observe('a')
      .pipe(take(1))
      .subscribe((contact) => seen.push(contact));
    repo.save({ id: 'a', name: 'Ada' });
    expect(seen).toEqual([null]);
  });

  it('completes at unload', async () => {
    const { device, repo } = await open();
    const ends: string[] = [];
    repo.observe('a').subscribe({ complete: () => ends.push('one') });
    repo.observeAll().subscribe({ complete: () => ends.push('all') });
    device.telemetry$.subscribe({ complete: () => ends.push('telemetry') });
    device.observeDirty().subscribe({ complete: () => ends.push('dirty') });
    device.changes$.subscribe({ complete: () => ends.push('changes') });
    await device.unload();
    expect(ends.sort()).toEqual(['all', 'changes', 'dirty', 'one', 'telemetry']);
  });
});

describe('observeAll', () => {
  it('tells once of a transaction, and nothing of what does not concern it', async () => {
    const { device, repo } = await open();
    const seen: string[] = [];
    const query = { where: { city: 'Ulm' }, sort: [{ field: 'name' as const }] };
    repo.observeAll(query).subscribe((list) => seen.push(list.map(({ name }) => name).join()));
    device.batch(() => {
      repo.save({ id: 'a', name: 'Ada', city: 'Ulm' });
      repo.save({ id: 'b', name: 'Bob', city: 'Ulm' });
      repo.save({ id: 'c', name: 'Cid', city: 'Bonn' });
      repo.save({ id: 'b', name: 'Ben', city: 'Ulm' });
    });
    repo.save({ id: 'c', name: 'Cyd', city: 'Bonn' });
    device.repo<Contact>('Other').save({ id: 'a', name: 'x', city: 'Ulm' });
    device.batch(() => {
      repo.save({ id: 'd', name: 'Dan', city: 'Ulm' });
      repo.delete('d');
    });
    expect(seen).toEqual(['', 'Ada,Ben']);
  });

  it('tells of what a batch did before it threw', async () => {
    const { device, repo } = await open();
    const seen: number[] = [];
    repo.observeAll().subscribe((list) => seen.push(list.length));
    const work = () =>
      device.batch(() => {
        repo.save({ name: 'Ada' });
        throw new Error('mine');
      });
    expect(work).toThrow('mine');
    expect(seen).toEqual([0, 1]);
  });

  it('tells observers in one order when one of them saves', async () => {
    const { repo } = await open();
    const seen: string[] = [];
    repo.observe('a').subscribe((contact) => {
      if (contact?.name === 'Ada') repo.save({ id: 'a', name: 'Eve' });
    });
    repo.observe('a').subscribe((contact) => seen.push(contact?.name ?? '-'));
    repo.save({ id: 'a', name: 'Ada' });
    expect(seen.at(-1)).toBe('Eve');
    expect(seen.filter((name) => name === 'Eve')).toHaveLength(1);
  });

  it('tells once of what a sync brings, and nothing when it brings nothing', async () => {
    const local = new PlainPersistence();
    const one = await open({ local });
    const two = await open({ local });
    const seen: number[] = [];
    let changes = 0;
    two.repo.observeAll().subscribe((list) => seen.push(list.length));
    two.device.changes$.subscribe(() => (changes += 1));
    for (const name of ['a', 'b', 'c']) one.repo.save({ name });
    await one.device.flush();
    await two.device.refresh();
    await settle();
    expect(seen).toEqual([0, 3]);
    await two.device.refresh();
    await one.device.refresh();
    await two.device.refresh();
    expect(seen).toEqual([0, 3]);
    expect(changes).toBe(1);
  });

  it('tells of a transaction only what came of it', async () => {
    const { device, repo } = await open();
    const seen: unknown[] = [];
    device.changes$.subscribe((changes) =>
      seen.push(changes.map(({ kind, id }) => `${kind} ${id}`)),
    );
    repo.save({ id: 'old', name: 'old' });
    device.batch(() => {
      repo.save({ id: 'brief', name: 'brief' });
      repo.delete('brief');
    });
    device.batch(() => {
      repo.save({ id: 'a', name: 'first' });
      device.batch(() => repo.save({ id: 'a', name: 'second' }));
      repo.delete('old');
    });
    expect(seen).toEqual([['saved old'], ['saved a', 'deleted old']]);
  });

  it('tells of each mutation what happened, where and by whom', async () => {
    const local = new PlainPersistence();
    const [one, two] = [await open({ local }), await open({ local })];
    const seen: unknown[] = [];
    two.device.changes$.subscribe((changes) => seen.push(...changes));
    one.repo.save({ id: 'a', name: 'Ada' });
    await one.device.flush();
    await two.device.refresh();
    two.repo.delete('a');
    const place = { entityKey: 'app.global', entityName: 'Contact', id: 'a' };
    expect(seen).toEqual([
      { kind: 'saved', ...place, source: 'sync' },
      { kind: 'deleted', ...place, source: 'app' },
    ]);
  });
});

describe('many observers', () => {
  const many = async () => {
    const strategy = new CountingStrategy();
    const { device, repo } = await open({ strategy });
    repo.save({ id: 'a', name: 'Ada', city: 'Ulm' });
    repo.save({ id: 'b', name: 'Bob', city: 'Ulm' });
    return { device, repo, strategy };
  };

  it('share one computation of a query a transaction, and hear all', async () => {
    const { device, repo, strategy } = await many();
    strategy.queries = 0;
    const heard: string[][] = [];
    for (let at = 0; at < 1000; at++) {
      const names: string[] = (heard[at] = []);
      const where = { born: new Date(7), city: 'Ulm' };
      repo
        .observeAll(at % 2 === 0 ? { where, limit: 5 } : { limit: 5, where: { ...where } })
        .subscribe((list) => names.push(list.map(({ name }) => name).join()));
    }
    await settle();
    // Each also asks once which keys are to be fetched.
    expect(strategy.queries).toBe(1001);
    strategy.queries = 0;
    device.batch(() => {
      repo.save({ id: 'a', name: 'Eve', city: 'Ulm', born: new Date(7) });
      repo.save({ id: 'c', name: 'Cid', city: 'Ulm' });
    });
    expect(strategy.queries).toBe(1);
    repo.save({ id: 'a', name: 'Eva', city: 'Ulm', born: new Date(7) });
    expect(strategy.queries).toBe(2);
    expect(heard).toEqual(heard.map(() => ['', 'Eve', 'Eva']));
  });

  it('of other queries, or with options that are no data, have computations of their own', async () => {
    const { repo, strategy } = await many();
    const heard: string[] = [];
    const options = [
      { limit: 1, sort: [{ field: 'name' as const }] },
      { limit: 1, sort: [{ field: 'name' as const, direction: 'desc' as const }] },
      { where: { city: 'Ulm' }, by: () => 1 },
      { where: { city: 'Ulm' }, by: () => 2 },
    ];
    for (const one of options)
      repo.observeAll(one).subscribe((list) => heard.push(list.map(({ name }) => name).join()));
    await settle();
    [strategy.queries, heard.length] = [0, 0];
    repo.save({ id: 'b', name: 'Cid', city: 'Ulm' });
    expect(strategy.queries).toBe(4);
    expect(heard).toEqual(['Cid', 'Ada,Cid', 'Ada,Cid']);
  });

  it('are each given lists and entities of their own', async () => {
    const { device, repo } = await many();
    const given: Contact[][] = [];
    for (const at of [0, 1])
      repo.observeAll().subscribe((list) => {
        given[at] = list;
        for (const contact of list) {
          contact.updatedAt?.setTime(at);
          contact.name = `spoilt by ${at}`;
        }
        if (at === 0) list.pop();
      });
    repo.save({ id: 'c', name: 'Cid' });
    expect(given.map((list) => list.map(({ name }) => name))).toEqual([
      ['spoilt by 0', 'spoilt by 0'],
      ['spoilt by 1', 'spoilt by 1', 'spoilt by 1'],
    ]);
    expect(given[1]?.[0]?.updatedAt).toEqual(new Date(1));
    const kept = await device.repo<Contact>('Contact').getAll({ sort: [{ field: 'name' }] });
    expect(kept.map(({ name }) => name)).toEqual(['Ada', 'Bob', 'Cid']);
  });

  it('hear the same although the options are changed by who made them', async () => {
    const { repo } = await many();
    const options = { where: { city: 'Ulm' }, limit: 1, sort: [{ field: 'name' as const }] };
    const seen: string[] = [];
    const observable = repo.observeAll(options);
    options.limit = 9;
    options.where.city = 'Bonn';
    observable.subscribe((list) => seen.push(list.map(({ name }) => name).join()));
    repo.save({ id: 'a', name: 'Abe', city: 'Ulm' });
    expect(seen).toEqual(['Ada', 'Abe']);
  });

  it('that come or go while others are told hear nothing old and nothing twice', async () => {
    const { repo } = await many();
    const late: string[] = [];
    const gone: string[] = [];
    const names = (list: readonly Contact[]) => list.map(({ name }) => name).join();
    repo.observeAll().subscribe((list) => {
      if (names(list) !== 'Abe,Bob') return;
      subscription.unsubscribe();
      repo.save({ id: 'a', name: 'Eve' });
      repo.observeAll().subscribe((all) => late.push(names(all)));
    });
    const subscription = repo.observeAll().subscribe((list) => gone.push(names(list)));
    repo.save({ id: 'a', name: 'Abe' });
    expect(gone).toEqual(['Ada,Bob']);
    expect(late).toEqual(['Eve,Bob']);
  });

  it('that looked inside of a batch hear when it came to nothing', async () => {
    const { device, repo } = await many();
    const seen: number[] = [];
    device.batch(() => {
      repo.save({ id: 'c', name: 'Cid' });
      repo.observeAll().subscribe((list) => seen.push(list.length));
      repo.delete('c');
    });
    expect(seen).toEqual([3, 2]);
  });

  it('look anew when all of them had gone', async () => {
    const { repo } = await many();
    const seen: number[] = [];
    repo
      .observeAll()
      .subscribe((list) => seen.push(list.length))
      .unsubscribe();
    repo.save({ id: 'c', name: 'Cid' });
    repo.observeAll().subscribe((list) => seen.push(list.length));
    repo.delete('c');
    expect(seen).toEqual([2, 3, 2]);
  });
});
