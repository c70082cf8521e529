import { fieldsOf } from '../http/json.js';
import { senseless } from '../http/senseless.js';
import { CloudError } from '../port/cloud-error.js';
import { parseItem, type DriveItem } from './drive-item.js';
import { GRAPH, taskOf, type Graph, type GraphCall } from './graph.js';

/** An item that a path of ours leads to. */
export type NamedItem = DriveItem & { readonly part: string };

/**
 * All items directly in the folder that have a path of ours, none when there is no such folder. When the pages can no longer be followed
 * (a page's address ended, the folder changed too much), it starts over, once.
 *
 * @throws CloudError rather than give a part
 */
export const listChildren = async (
  graph: Graph,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly NamedItem[]> => {
  const call = { method: 'GET', path: folder, part: 'children', query: QUERY, signal };
  const items = (await walk(graph, call)) ?? (await walk(graph, call));
  if (items) return items;
  throw new CloudError(
    'unavailable',
    `cloud-storage/${taskOf(call)}: the listing broke off; try again`,
  );
};

const QUERY = '?$top=1000&$select=name,size,file,folder,package,lastModifiedDateTime';

/** `undefined` when a later page is refused, although the first was not. */
const walk = async (graph: Graph, call: GraphCall): Promise<readonly NamedItem[] | undefined> => {
  const task = taskOf(call);
  const items = new Map<string, NamedItem>();
  const followed = new Set<string>();
  let page = await firstPage(graph, call);
  for (;;) {
    const { value, '@odata.nextLink': next } = fieldsOf(page);
    if (!Array.isArray(value)) throw senseless(task, 'it is not a listing');
    for (const told of value) {
      const { part, ...item } = parseItem(told, task);
      // The folder may change between two pages, so that an item comes twice.
      if (part !== undefined) items.set(part, { ...item, part });
    }
    if (next === undefined) return [...items.values()];
    // The token goes where this link leads, so it must not lead away.
    if (typeof next !== 'string' || !next.startsWith(GRAPH)) {
      throw senseless(task, 'the next page is elsewhere');
    }
    // A link that comes again would never end.
    if (followed.has(next)) return undefined;
    followed.add(next);
    const request = { task, method: 'GET', headers: {}, signal: call.signal };
    try {
      page = await graph.askAt(new URL(next), request);
    } catch (error) {
      const status = error instanceof CloudError && error.details['status'];
      if (status === 400 || status === 404 || status === 410) return undefined;
      throw error;
    }
  }
};

const firstPage = async (graph: Graph, call: GraphCall): Promise<unknown> => {
  try {
    return await graph.ask(call);
  } catch (error) {
    // A folder that is not there has no items; a drive that is not there is another matter, and has another reason.
    const isAbsent = error instanceof CloudError && error.details['reason'] === 'itemNotFound';
    if (isAbsent) return { value: [] };
    throw error;
  }
};
