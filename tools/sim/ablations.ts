/** A rule that protects, and the change to the sources that switches it off. */
export interface Ablation {
  /** The rule, as docs/sync-engine.md has it. */
  readonly rule: string;
  /** A file under `libs`. */
  readonly file: string;
  /** What stands there, exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Faults that it takes, so that fewer seeds do: what `runScenario` is told. */
  readonly options?: { readonly with?: readonly string[]; readonly without?: readonly string[] };
}

/** By these the cloud loses what it had. */
const LOSSES = ['damage', 'hand-deleted', 'rollback'];
/** By these a listing does not show all there is. */
const HIDING = ['short-listings', 'lagging-listings', 'torn-reads', 'trash-restored'];

/** Each of these must be noticed. Rules that another rule backs up are not here: taking away one alone changes nothing that can be seen. */
export const ABLATIONS: readonly Ablation[] = [
  {
    rule: 'a change counts as backed up only after its upload',
    file: 'vault-engine/src/backup/backup.ts',
    find: 'await run.cloud.create(sealed.path, sealed.bytes);',
    replace:
      'await run.storage.confirm(run.provider, sealed.through, [sealed.vaultId]); await run.cloud.create(sealed.path, sealed.bytes);',
  },
  {
    rule: 'a torn file of its name makes a delta a new one',
    file: 'vault-engine/src/backup/backup.ts',
    find: 'if (!isTorn || attempt >= MAX_CONFLICTS) throw error;',
    replace:
      'if (!isTorn) throw error; await run.storage.confirm(run.provider, sealed.through, [sealed.vaultId]); return;',
    options: { with: ['torn-uploads'] },
  },
  {
    rule: 'an upload is watched until a listing shows it whole',
    file: 'vault-engine/src/restore/recent-uploads.ts',
    find: 'for (const upload of recent) {',
    replace: 'for (const upload of recent.slice(recent.length)) {',
    options: { with: ['lying-uploads'], without: LOSSES },
  },
  {
    rule: 'a delta is merged and noted as applied in one transaction',
    file: 'vault-engine/src/restore/apply-deltas.ts',
    find: 'await mergeHere(run, vault, { applied: [delta.vaultId] });',
    replace:
      'await run.storage.apply({ messages: [], tombstones: [], reactions: [], cleared: [] }, { provider: run.provider, applied: [delta.vaultId] }); await mergeHere(run, vault, {});',
    options: { with: ['crashes'], without: LOSSES },
  },
  {
    rule: 'of two versions the greater one stays',
    file: 'chat-storage/src/idb/decide.ts',
    find: 'return order < 0 ? incoming : order === 0 ? existing : undefined;',
    replace: 'return order !== 0 ? incoming : existing;',
  },
  {
    rule: 'tombstones stay for ever',
    file: 'vault-engine/src/compaction/may-leave-out.ts',
    find: 'if (message === undefined) return false;',
    replace: 'if (message === undefined) return true;',
  },
  {
    rule: 'only deltas that were read are folded',
    file: 'vault-engine/src/compaction/execute-plan.ts',
    find: 'work.deltas.map((delta) => [delta.listed.vaultId, monthsOf(delta.content)]),',
    replace:
      'work.listing.deltas.map(({ vaultId }) => [vaultId, work.deltas.flatMap(({ content }) => monthsOf(content))]),',
  },
  {
    rule: 'all months of a delta are written before it is folded',
    file: 'vault-engine/src/compaction/execute-plan.ts',
    find: 'const months = new Set(work.plan.carriedMonths);',
    replace: 'const months = new Set<string>();',
  },
  {
    rule: 'what a compaction wrote is read back and compared before the commit',
    file: 'vault-engine/src/compaction/execute-plan.ts',
    find: 'await checkProducts(inputs(), readBackRun(run, month.partition, products), mayGo);',
    replace: '',
    options: { with: ['lying-uploads'], without: LOSSES },
  },
  {
    rule: 'garbage goes only when all that supersedes it is there',
    file: 'vault-engine/src/garbage/collect-garbage.ts',
    find: 'candidate.partitions.every((month) => scene.soundMonths.get(month) === true));',
    replace: 'candidate.partitions.length >= 0);',
    options: { with: ['hand-deleted'], without: ['damage', 'lying-uploads', 'encryption'] },
  },
  {
    rule: 'a page of history is fetched before it is shown',
    file: 'vault-engine/src/history/load-older.ts',
    find: 'if (isServedAbove(slice, query.limit, partition)) {',
    replace: 'if (slice.messages.length > 0) {',
    options: { without: [...LOSSES, ...HIDING, 'lying-uploads', 'encryption'] },
  },
  {
    rule: 'a plain file in an encrypted vault counts only when a sealed catalog names it',
    file: 'vault-engine/src/sealing/gate.ts',
    find: 'if (!this.#isClosed || isSealedPath(path) || this.#plain.has(path)) return true;',
    replace: 'if (path) return true;',
    options: { with: ['encryption', 'planted-files'] },
  },
  {
    rule: 'a delta that was made ready without a key is made again with it',
    file: 'vault-engine/src/backup/backup.ts',
    find: 'if (sealed === null || isSealedPath(sealed.path) === isSealing(run.codec)) return;',
    replace: 'if (run.provider) return;',
    options: { with: ['encryption', 'offline', 'crashes'] },
  },
  {
    rule: 'every sealing has a salt of its own',
    file: 'core/src/sealed/sealed-codec.ts',
    find: 'salt: random(SALT_BYTES)',
    replace: 'salt: new Uint8Array(SALT_BYTES)',
    options: { with: ['encryption'] },
  },
  {
    rule: 'what is sealed is bound to its month',
    file: 'core/src/sealed/envelope.ts',
    find: 'const partition = encoder.encode(partitionOf(context));',
    replace: "const partition = encoder.encode('');",
    options: { with: ['encryption'] },
  },
];
