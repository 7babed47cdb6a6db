// Every text of the window comes from messages/en.json. A key that is not there is a type error.

import en from '../messages/en.json';

export type MessageKey = keyof typeof en;
type Values = Record<string, string | number>;

const locale = 'en';
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);

/** The text of a key, with `{name}` replaced. Numbers are grouped: 1,234,567. */
export function t(key: MessageKey, values: Values = {}): string {
  return en[key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

/** An act of the ledger in words; one that a later version adds keeps its own name. */
export function actName(act: string): string {
  return named('act', act);
}

/** A word of the program's answers in the window's words; one that a later version adds stays as it is. */
export function named(group: string, word: string): string {
  const key = `${group}.${word}`;
  return key in en ? t(key as MessageKey) : word;
}

/** Keys that have a form for one and a form for many: `x.one` and `x.other`. */
type PluralKey = { [K in MessageKey]: K extends `${infer Base}.one` ? Base : never }[MessageKey];

/** The text that fits a count; `{count}` stands for it. */
export function tn(key: PluralKey, count: number, values: Values = {}): string {
  const form = plurals.select(count) === 'one' ? 'one' : 'other';
  return t(`${key}.${form}` as MessageKey, { ...values, count });
}

/** A number as people read it. */
export function formatNumber(value: number): string {
  return numbers.format(value);
}

/** A size as people read it. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** A time of the export as people read it; a time in UTC says so, any other text stays as it was written. */
export function formatTime(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:Z|\+00:00)$/.exec(text);
  return match ? `${match[1]} ${match[2]} UTC` : text;
}

/** Seconds as people read them. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return t('time.seconds', { count: seconds });
  return t('time.minutes', { count: Math.ceil(seconds / 60) });
}
