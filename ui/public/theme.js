// Runs before the first paint, so that a dark window never flashes white. The rest of the choice is in src/state/theme.svelte.ts.
const chosen = localStorage.getItem('theme');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
