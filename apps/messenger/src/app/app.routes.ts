import { type Routes } from '@angular/router';
import { WelcomePage } from './welcome/welcome-page';

/** Hash-free addresses, each of which can be opened directly. */
export const routes: Routes = [
  { path: '', pathMatch: 'full', title: 'Chat Vault', component: WelcomePage },
  {
    path: 'c/:urn',
    title: 'Chat Vault',
    loadComponent: async () => (await import('./messages/thread-page')).ThreadPage,
  },
  {
    path: 'contacts',
    title: 'Contacts · Chat Vault',
    loadComponent: async () => (await import('./contacts/contacts-page')).ContactsPage,
  },
  {
    path: 'storage',
    title: 'Storage · Chat Vault',
    loadComponent: async () => (await import('./storage/storage-page')).StoragePage,
  },
  { path: '**', redirectTo: '' },
];
