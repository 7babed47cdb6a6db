import { expect, test } from 'vitest';

import css from './tokens.css?raw';

const blocks = css.split(/(?=:root)/).filter((block) => block.includes('--ground'));

function colours(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((match) => [match[1], match[2]]));
}

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test('text is readable on every ground, light and dark', () => {
  expect(blocks.length).toBe(3);
  for (const block of blocks) {
    const colour = colours(block);
    const pairs: [string, string][] = [['accent-ink', 'accent'], ['accent-ink', 'accent-strong'], ['accent', 'accent-soft']];
    for (const ground of ['ground', 'surface', 'sunken']) {
      for (const ink of ['ink', 'ink-soft', 'accent']) pairs.push([ink, ground]);
    }
    for (const word of ['critical', 'major', 'minor', 'info', 'good', 'unsure']) {
      pairs.push([word, 'surface'], [word, 'ground'], [word, `${word}-soft`], ['ink', `${word}-soft`]);
    }
    for (const [ink, ground] of pairs) {
      const ratio = contrast(colour[ink] ?? '', colour[ground] ?? '');
      expect(ratio, `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test('both dark blocks are the same', () => {
  expect(colours(blocks[1] ?? '')).toEqual(colours(blocks[2] ?? ''));
});
