// Times and spans of incidents as people read them; what a clock says in a few words.

import type { ClockLine } from '../../ipc/generated/ClockLine';
import { t } from '../../messages';
import { ownZone, zoned } from '../../state/zones';

/** A time in the zone of this machine, with the zone behind it. */
export function at(iso: string | null): string {
  return zoned(iso, ownZone());
}

/** A span in its two largest parts: `2 h 5 min`, `3 d 4 h`, `45 s`. */
export function span(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  // Seconds say something only while they are few minutes.
  const isShort = seconds < 600;
  const shown = parts.slice(first, first + 2).filter(([count, unit]) => count > 0 && (unit !== 's' || isShort));
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** What a clock says: how much time is left, or how late it is. */
export function clockText(clock: ClockLine): string {
  return t(`clock.${clock.state}`, { span: span(clock.seconds) });
}

/** Clocks that somebody should look at now, the most urgent first. */
export function urgent(clocks: ClockLine[]): ClockLine[] {
  const rank = (clock: ClockLine) => (clock.state === 'overdue' ? -clock.seconds - 1e9 : clock.seconds);
  const shown = clocks.filter((clock) => ['running', 'overdue', 'paused'].includes(clock.state) && clock.kind !== 'step' && clock.kind !== 'action_item');
  return [...shown].sort((one, other) => rank(one) - rank(other));
}
