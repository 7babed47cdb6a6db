// Reasons as the program gives them begin small and end open; a page shows sentences, and names what a button is called.

/** A reason as a sentence of the window. */
export function asSentence(reason: string): string {
  const text = reason
    .trim()
    .replace(/,? ?with `(extend|clone|count|cancel)`/g, '')
    .replace(/`([^`]*)`/g, '$1');
  if (text === '') return '';
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** A short id out of a name: letters and digits of ASCII, unique among those that are there. */
export function idOf(name: string, taken: string[]): string {
  const plain = name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);
  const stem = plain === '' ? 'item' : plain;
  let id = plain === '' ? `${stem}-1` : stem;
  for (let number = 2; taken.includes(id); number += 1) id = `${stem}-${number}`;
  return id;
}
