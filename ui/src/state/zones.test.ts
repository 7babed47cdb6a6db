import { expect, test } from 'vitest';

import { fromZone, inZone, zoned } from './zones';

test('a time is typed and shown in the zone of the election', () => {
  expect(fromZone('2027-01-31 18:00', 'Europe/Vienna')).toBe('2027-01-31T17:00:00+00:00');
  expect(fromZone('2027-07-31 18:00', 'Europe/Vienna')).toBe('2027-07-31T16:00:00+00:00');
  expect(inZone('2027-01-31T17:00:00+00:00', 'Europe/Vienna')).toBe('2027-01-31 18:00');
  expect(zoned('2027-01-31T17:00:00+00:00', 'UTC')).toBe('2027-01-31 17:00 (UTC)');
  expect(fromZone('2027-01-31 9:05', 'America/New_York')).toBe('2027-01-31T14:05:00+00:00');
});

test('what is no time is none, nor is an hour that a change of clocks leaves out', () => {
  for (const text of ['', 'tomorrow', '2027-13-01 10:00', '2027-01-31']) expect(fromZone(text, 'UTC'), text).toBeNull();
  expect(fromZone('2027-03-28 02:30', 'Europe/Vienna')).toBeNull();
  expect(fromZone('2027-03-28 03:30', 'Europe/Vienna')).toBe('2027-03-28T01:30:00+00:00');
  expect(inZone(null, 'UTC')).toBe('');
  expect(inZone('2027-01-31T17:00:00+00:00', 'Not/AZone')).toBe('2027-01-31 17:00');
});
