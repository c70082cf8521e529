import { type TierProblem, type TierReport } from '../persistence.js';
import { atOnce } from './at-once.js';
import { type CollectParts } from './collect.js';
import { type KnownFile } from './known-file.js';

/**
 * Reads every file and says what is wrong: `damaged` (cannot be used), `altered` (is not what it was, or not what another file says it was), `missing`
 * (another file came after it, and neither it nor a file that merged it is there). Removes and changes nothing; what was read earlier of a file that is damaged or altered is
 * no longer believed.
 */
export async function verifyFiles({ shelf, files, settings }: CollectParts): Promise<TierReport> {
  await shelf.refresh();
  const read = new Map<string, KnownFile>();
  const problems: TierProblem[] = [];
  const listed = [...shelf.listed.values()];
  await atOnce(settings.atOnce, listed, async (file) => {
    const opened = await files.open(file);
    const { path } = file;
    if (opened.kind === 'problem') {
      const { code, reason } = opened.problem;
      problems.push({ kind: 'damaged', path, code, reason: `${code}: ${reason}` });
      shelf.distrust(file.stem, path, opened.problem);
    }
    if (opened.kind !== 'known') return;
    read.set(file.stem, opened.file);
    const known = shelf.known.get(file.stem);
    if (known === undefined || known.digest === opened.file.digest) return;
    const reason = 'it is not the file that was read before';
    problems.push({ kind: 'altered', path, reason });
    shelf.distrust(file.stem, path, { code: 'malformed', reason });
  });
  await shelf.save();
  problems.push(...checkChain(read, new Set(listed.map(({ stem }) => stem))));
  return {
    checked: listed.length,
    problems: problems.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
  };
}

function checkChain(
  read: ReadonlyMap<string, KnownFile>,
  present: ReadonlySet<string>,
): readonly TierProblem[] {
  const problems = new Map<string, TierProblem>();
  const merged = new Set([...read.values()].flatMap((file) => [...file.merged.keys()]));
  for (const namer of read.values()) {
    const named = [...namer.merged].map(([stem, { digest }]) => [stem, digest] as const);
    for (const [stem, digest] of [...named, ...namer.after]) {
      const file = read.get(stem);
      if (file !== undefined && file.digest !== digest) {
        const reason = `it is not the file that ${namer.path} came after`;
        problems.set(file.path, { kind: 'altered', path: file.path, reason });
      }
    }
    if (merged.has(namer.stem)) continue;
    for (const stem of namer.after.keys())
      if (!present.has(stem) && !merged.has(stem)) {
        const path = `${namer.path.slice(0, namer.path.lastIndexOf('/') + 1)}${stem}`;
        const reason = `${namer.path} came after it, and no file that is there holds it`;
        problems.set(path, { kind: 'missing', path, reason });
      }
  }
  return [...problems.values()];
}
