import { randomBytes } from 'node:crypto';
import { type Response } from 'express';
import { type FakeAuthority } from '../service/fake-authority.js';
import { type SeenRequest } from '../service/fake-service.js';
import { DriveTree, GraphRefusal, type DriveNode } from './drive-tree.js';
import { type StoreHost } from './store-host.js';

const ROOT = '/v1.0/me/drive/special/approot';

type Fields = Readonly<Record<string, unknown>>;

/** `graph.microsoft.com`, as far as the app's folder goes. */
export class GraphHost {
  readonly tree = new DriveTree();
  /** Items on a page of a listing. */
  pageItems = 200;
  /** Where the next page is said to be; default Graph itself. */
  pageHost = 'graph.microsoft.com';
  readonly #pages = new Map<string, readonly DriveNode[]>();
  readonly #authority: FakeAuthority;
  readonly #store: StoreHost;

  constructor(authority: FakeAuthority, store: StoreHost) {
    this.#authority = authority;
    this.#store = store;
  }

  /** @throws GraphRefusal */
  handle(request: SeenRequest, response: Response, url: URL): void {
    if (!this.#authority.isAuthorized(request.headers)) {
      throw new GraphRefusal(401, 'InvalidAuthenticationToken');
    }
    const { path, part } = addressed(url);
    switch (`${request.method} ${part}`) {
      case 'GET ':
        response.json(this.#store.itemOf(this.tree.find(path)));
        return;
      case 'DELETE ':
        this.tree.remove(path);
        response.status(204).end();
        return;
      case 'GET children':
        response.json(this.#children(url, path));
        return;
      case 'POST children':
        response.status(201).json(this.#makeFolder(path, fieldsOf(request)));
        return;
      case 'PUT content':
        mustFail(url.searchParams.get('@microsoft.graph.conflictBehavior'));
        response.status(201).json(this.#store.itemOf(this.tree.add(path, request.body)));
        return;
      case 'POST createUploadSession':
        response.json(this.#openSession(path, fieldsOf(request)));
        return;
      default:
        throw new GraphRefusal(400, 'invalidRequest');
    }
  }

  #children(url: URL, path: string) {
    const token = url.searchParams.get('$skiptoken');
    if (token === null) return this.#page(url, this.tree.children(path));
    const rest = this.#pages.get(token);
    if (!rest) throw new GraphRefusal(410, 'resyncRequired');
    return this.#page(url, rest);
  }

  #page(url: URL, nodes: readonly DriveNode[]) {
    const count = Math.min(this.pageItems, Number(url.searchParams.get('$top') ?? 200));
    const token = randomBytes(9).toString('base64url');
    this.#pages.set(token, nodes.slice(count));
    const next = `https://${this.pageHost}${url.pathname}?$top=${count}&$skiptoken=${token}`;
    return {
      value: nodes.slice(0, count).map((node) => this.#store.itemOf(node)),
      ...(nodes.length > count && { '@odata.nextLink': next }),
    };
  }

  #makeFolder(path: string, body: Fields) {
    this.tree.find(path);
    mustFail(body['@microsoft.graph.conflictBehavior']);
    return this.#store.itemOf(this.tree.add(`${path}/${String(body['name'])}`, undefined));
  }

  #openSession(path: string, body: Fields) {
    mustFail((body['item'] as Fields)['@microsoft.graph.conflictBehavior']);
    if (this.tree.nodes.has(path.toLowerCase())) throw new GraphRefusal(409, 'nameAlreadyExists');
    if (!this.tree.makesParents) this.tree.find(path.slice(0, path.lastIndexOf('/')));
    return this.#store.openSession((bytes) => this.tree.add(path, bytes));
  }
}

const fieldsOf = (request: SeenRequest): Fields => JSON.parse(request.body.toString()) as Fields;

/** What `…/approot:/a/b:/content` speaks of: `/a/b` and `content`. Names hold no colon. */
const addressed = (url: URL): { readonly path: string; readonly part: string } => {
  if (!url.pathname.startsWith(ROOT)) throw new GraphRefusal(400, 'invalidRequest');
  const [direct = '', path = '', part = ''] = url.pathname.slice(ROOT.length).split(':');
  const whole = path.split('/').map(decodeURIComponent).join('/');
  return { path: whole, part: (path === '' ? direct : part).replace(/^\//, '') };
};

const mustFail = (behaviour: unknown): void => {
  if (behaviour !== 'fail') throw new Error('this request would replace a file');
};
