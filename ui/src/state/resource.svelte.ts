// A list that a screen reads once, and again when the case changed.

import { asErrorView } from '../ipc/contract';
import type { ErrorView } from '../ipc/generated/ErrorView';

export class Resource<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<ErrorView | null>(null);
  private round = 0;

  /** Reads; an answer that was overtaken by a newer reading is dropped. */
  async read(load: () => Promise<T>): Promise<void> {
    const round = (this.round += 1);
    try {
      const value = await load();
      if (round !== this.round) return;
      this.value = value;
      this.error = null;
    } catch (thrown) {
      if (round === this.round) this.error = asErrorView(thrown);
    }
  }
}
