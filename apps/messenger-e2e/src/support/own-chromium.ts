import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from '@playwright/test';

/** A tab as the devtools of Chromium know it. */
export interface OwnTab {
  /** The value of an expression; also in a frozen tab. */
  evaluate(expression: string): Promise<unknown>;
  setState(state: 'frozen' | 'active'): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A Chromium that Playwright lets go of: what Playwright holds always counts as seen, and cannot be frozen. */
export class OwnChromium {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #endpoint: string;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  private constructor(process: ChildProcess, folder: string, endpoint: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#endpoint = endpoint;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(`${data}`) as Answer;
      if (answer.id !== undefined) this.#answers.get(answer.id)?.(answer);
    };
  }

  static async start(): Promise<OwnChromium> {
    const folder = await mkdtemp(join(tmpdir(), 'messenger-e2e-chromium-'));
    const program = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
    const words = ['--headless=new', '--no-sandbox', '--remote-debugging-port=0'];
    const child = spawn(program, [...words, `--user-data-dir=${folder}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let endpoint: string | undefined;
    for await (const chunk of child.stderr) {
      said += `${chunk}`;
      endpoint = /listening on (ws:\S+)/.exec(said)?.[1];
      if (endpoint !== undefined) break;
    }
    if (endpoint === undefined) throw new Error(`Chromium does not start: ${said}`);
    const socket = new WebSocket(endpoint);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    return new OwnChromium(child, folder, endpoint, socket);
  }

  /** Lets Playwright do something, and go. */
  async drive(work: (context: BrowserContext) => Promise<void>): Promise<void> {
    const browser = await chromium.connectOverCDP(this.#endpoint);
    const [context] = browser.contexts();
    if (!context) throw new Error('Chromium has no context');
    await work(context);
    await browser.close();
  }

  /** The tab whose `window.name` it is. */
  async tab(name: string): Promise<OwnTab> {
    const { targetInfos } = (await this.#send('Target.getTargets')) as {
      readonly targetInfos: readonly { readonly targetId: string; readonly type: string }[];
    };
    for (const { targetId, type } of targetInfos) {
      if (type !== 'page') continue;
      const { sessionId } = (await this.#send('Target.attachToTarget', {
        targetId,
        flatten: true,
      })) as { readonly sessionId: string };
      const tab = this.#tab(sessionId);
      if ((await tab.evaluate('window.name')) === name) return tab;
    }
    throw new Error(`there is no tab "${name}"`);
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    await this.#send('Browser.close');
    await ended;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #tab(sessionId: string): OwnTab {
    return {
      evaluate: async (expression) => {
        const words = { expression, returnByValue: true };
        const { result } = (await this.#send('Runtime.evaluate', words, sessionId)) as {
          readonly result: { readonly value?: unknown };
        };
        return result.value;
      },
      setState: async (state) => {
        await this.#send('Page.setWebLifecycleState', { state }, sessionId);
      },
    };
  }

  #send(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) => {
        this.#answers.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }
}
