// Votes as they are shown where there is little room.

const DIGITS = 6;

/** Some rules keep eighty digits: six are shown, rounded; all stand in the tip and in the tables. */
export function shortened(votes: string): string {
  const [units, digits] = votes.split('.');
  if (digits === undefined || digits.length <= DIGITS + 3) return votes;
  const isNegative = votes.startsWith('-');
  const shown = BigInt((units ?? '').replace('-', '') + digits.slice(0, DIGITS)) + (digits.charAt(DIGITS) >= '5' ? 1n : 0n);
  const text = shown.toString().padStart(DIGITS + 1, '0');
  return `${isNegative ? '-' : ''}${text.slice(0, -DIGITS)}.${text.slice(-DIGITS)}…`;
}

/** True where nothing is left of a number when it is shortened: digits that only arithmetic knows. */
export function isTiny(votes: string): boolean {
  return !/[1-9]/.test(shortened(votes));
}
