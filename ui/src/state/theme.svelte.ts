// Light, dark, or as the system says. The choice is this machine's, not the case's.

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'theme';

function stored(): ThemeChoice {
  const text = localStorage.getItem(KEY);
  return text === 'light' || text === 'dark' ? text : 'system';
}

class Theme {
  choice = $state<ThemeChoice>(stored());

  /** system, then light, then dark, then system again. */
  next(): void {
    this.choose(this.choice === 'system' ? 'light' : this.choice === 'light' ? 'dark' : 'system');
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    const root = document.documentElement;
    if (choice === 'system') {
      localStorage.removeItem(KEY);
      delete root.dataset['theme'];
    } else {
      localStorage.setItem(KEY, choice);
      root.dataset['theme'] = choice;
    }
  }
}

export const theme = new Theme();
