// Mounts the window. Outside the program (a browser during development) the fake answers in its place.

import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import Window from './Window.svelte';
import { tauri } from './ipc/commands';
import { App } from './state/app.svelte';

async function ipc() {
  if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
    const { fakeIpc } = await import('./ipc/fake');
    return fakeIpc();
  }
  return tauri;
}

const app = new App(await ipc());
mount(Window, { target: document.getElementById('app') ?? document.body, props: { app } });
void app.start();
