import { Component, inject, signal } from '@angular/core';
import { MessageList, MessageLog } from '@chat-vault/chat-sync';
import { openStore } from '@chat-vault/core';

@Component({
  selector: 'cv-root',
  imports: [MessageList],
  templateUrl: './app.html',
})
export class App {
  private readonly log = inject(MessageLog);
  protected readonly status = signal('idle');

  protected async send(body: string): Promise<void> {
    await this.log.add(body);
    const store = await openStore('messenger');
    await store.put({ id: crypto.randomUUID(), body });
    store.close();
    await fetch('/api/messages', { method: 'POST', body });
    this.status.set(`sent ${body}`);
  }

  protected async pull(): Promise<void> {
    const answer = await fetch('/api/messages');
    const bodies = (await answer.json()) as string[];
    for (const body of bodies) await this.log.add(body);
    this.status.set(`pulled ${bodies.length}`);
  }
}
