import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';

import type { ErrorView } from '../ipc/generated/ErrorView';
import ErrorPanel from './ErrorPanel.svelte';
import HashText from './HashText.svelte';
import SeverityBadge from './SeverityBadge.svelte';
import VerdictBadge from './VerdictBadge.svelte';
import { reachOf, scrollAtTop, spaceFor, topAtScroll } from './scrolling';
import { shorten } from './shorten';

let mounted: ReturnType<typeof mount> | null = null;

function show(put: (target: HTMLElement) => ReturnType<typeof mount>): HTMLElement {
  const target = document.createElement('div');
  document.body.append(target);
  mounted = put(target);
  flushSync();
  return target;
}

afterEach(() => {
  if (mounted) void unmount(mounted);
  mounted = null;
  document.body.innerHTML = '';
});

test('a verdict has a word and an icon, not only a colour', () => {
  const target = show((target) => mount(VerdictBadge, { target, props: { verdict: 'cannot_tell' } }));
  expect(target.textContent).toContain('Cannot tell');
  expect(target.querySelector('svg')).not.toBeNull();
});

test('a severity has a word and an icon', () => {
  const target = show((target) => mount(SeverityBadge, { target, props: { severity: 'major' } }));
  expect(target.textContent).toContain('Major');
  expect(target.querySelector('svg')).not.toBeNull();
});

test('a hash is short to see, whole on hover and whole when copied', async () => {
  const write = vi.fn(async () => {});
  vi.stubGlobal('navigator', { clipboard: { writeText: write } });
  const value = 'a'.repeat(60) + 'b'.repeat(4);
  const target = show((target) => mount(HashText, { target, props: { value, what: 'SHA-256' } }));
  const button = target.querySelector('button');
  expect(button?.textContent).toBe(shorten(value));
  expect(button?.title).toBe(value);
  button?.click();
  await vi.waitFor(() => expect(write).toHaveBeenCalledWith(value));
  vi.unstubAllGlobals();
});

test('an error names file, row, column and what to try', () => {
  const error: ErrorView = { code: 'input', message: 'It cannot be read.', file: 'votes.csv', row: 17, column: 'voted_at', nextStep: 'Correct the file.' };
  const target = show((target) => mount(ErrorPanel, { target, props: { error } }));
  for (const part of ['votes.csv', '17', 'voted_at', 'Correct the file.']) expect(target.textContent).toContain(part);
});

test('short texts stay whole, letters beyond the basic plane are not torn', () => {
  expect(shorten('votes.json')).toBe('votes.json');
  expect(shorten('😀'.repeat(40), 2, 2)).toBe('😀😀…😀😀');
});

test('every row of ten million can be scrolled to', () => {
  const region = { total: 10_000_000, rowHeight: 32, height: 600 };
  expect(topAtScroll(0, region)).toBe(0);
  expect(topAtScroll(spaceFor(region.total, 32) - region.height, region)).toBe(reachOf(region));
  for (const row of [0, 1, 2, 4_999_999, 9_999_980]) {
    const top = topAtScroll(scrollAtTop(row * 32, region), region);
    expect(Math.abs(top - row * 32)).toBeLessThan(0.01);
  }
});

test('a short table scrolls to the pixel', () => {
  const region = { total: 100, rowHeight: 32, height: 320 };
  expect(topAtScroll(65, region)).toBe(65);
  expect(scrollAtTop(65, region)).toBe(65);
});
