// Times in the election's own zone: shown so, typed so, kept in UTC.

/** Zones that the machine knows. */
export function knownZones(): string[] {
  return Intl.supportedValuesOf('timeZone');
}

/** The zone of this machine. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function wall(instant: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: isZone(zone) ? zone : 'UTC',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(instant));
  const part = (type: string) => parts.find((known) => known.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
}

/** `2027-01-31 18:00` in a zone; empty for a text that is no time. */
export function inZone(iso: string | null, zone: string): string {
  const instant = iso === null ? NaN : Date.parse(iso);
  return Number.isNaN(instant) ? '' : wall(instant, zone);
}

/** The same with the zone behind it, for reading. */
export function zoned(iso: string | null, zone: string): string {
  const text = inZone(iso, zone);
  return text === '' ? '' : `${text} (${isZone(zone) ? zone : 'UTC'})`;
}

/** ISO text in UTC of a time that was typed in a zone; null where it is none. An hour that a change of clocks leaves out is none. */
export function fromZone(text: string, zone: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const typed = `${match[1]}-${match[2]}-${match[3]} ${(match[4] ?? '').padStart(2, '0')}:${match[5]}`;
  const asUtc = Date.parse(`${typed.replace(' ', 'T')}:00Z`);
  if (Number.isNaN(asUtc)) return null;
  const offset = (instant: number) => Date.parse(`${wall(instant, zone).replace(' ', 'T')}:00Z`) - instant;
  const found = [asUtc - offset(asUtc), asUtc - offset(asUtc - offset(asUtc))].find((instant) => wall(instant, zone) === typed);
  return found === undefined ? null : new Date(found).toISOString().replace('.000Z', '+00:00');
}
