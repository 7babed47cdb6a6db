// Votes as they are shown where there is little room.

/** Some rules keep eighty digits: six are shown, all stand in the tip and in the tables. */
export function shortened(votes: string): string {
  const [units, digits] = votes.split('.');
  return digits !== undefined && digits.length > 9 ? `${units ?? ''}.${digits.slice(0, 6)}…` : votes;
}
