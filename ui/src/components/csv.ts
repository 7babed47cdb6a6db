// Rows as comma separated values for a spreadsheet: the house rule of the reports (reports/src/formats/csv.rs). A cell that
// a spreadsheet would run as a formula gets a leading apostrophe; hidden control characters become visible.

const RISKY = /^[=+\-@\t\r\n＝＋－＠]/;
const PLAIN_NUMBER = /^[+-]?\d+(?:[.,]\d+)?$/;

function safeCell(cell: string): string {
  const shown = [...cell]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const isHidden = (code < 32 && !'\t\r\n'.includes(letter)) || (code >= 127 && code < 160);
      return isHidden ? `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]` : letter;
    })
    .join('');
  return RISKY.test(shown) && !PLAIN_NUMBER.test(shown) ? `'${shown}` : shown;
}

function quoted(cell: string): string {
  const safe = safeCell(cell);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A header line and the rows below it. */
export function toCsv(columns: string[], rows: string[][]): string {
  return [columns, ...rows].map((cells) => cells.map(quoted).join(',') + '\n').join('');
}
