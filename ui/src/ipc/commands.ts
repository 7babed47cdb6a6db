// The door to the real program; the only file that knows Tauri.

import { Channel, invoke } from '@tauri-apps/api/core';

import type { Ipc } from './contract';
import type { DropEvent } from './generated/DropEvent';
import type { JobEvent } from './generated/JobEvent';

export const tauri: Ipc = {
  call: (name, args) => invoke(name, args as Record<string, unknown>),

  startJob(name, args, onEvent) {
    const channel = new Channel<JobEvent>(onEvent);
    return invoke(name, { ...args, channel });
  },

  watchDrops(onEvent) {
    const channel = new Channel<DropEvent>(onEvent);
    return invoke('watch_drops', { channel });
  },
};
