// The paper of this machine's printer. The choice is the machine's, not the case's.

import type { Ipc } from '../ipc/contract';
import type { PaperWord } from '../ipc/generated/PaperWord';

const KEY = 'paper';

class Paper {
  choice = $state<PaperWord>(localStorage.getItem(KEY) === 'letter' ? 'letter' : 'a4');

  /** Tells the program what is printed on; once when the window opens, and whenever it changes. */
  async tell(ipc: Ipc): Promise<void> {
    await ipc.call('print_on', { paper: this.choice });
  }

  async choose(choice: PaperWord, ipc: Ipc): Promise<void> {
    this.choice = choice;
    localStorage.setItem(KEY, choice);
    await this.tell(ipc);
  }
}

export const paper = new Paper();
