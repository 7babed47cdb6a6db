import { describe, expect, it } from 'vitest';

import { isTiny, shortened } from './numbers';

describe('votes with many digits', () => {
  it('are rounded to six, and short ones stay as they are', () => {
    expect(shortened('37.79999999999999999999')).toBe('37.800000…');
    expect(shortened('7.666666666666666667')).toBe('7.666667…');
    expect(shortened('-0.000000500000')).toBe('-0.000001…');
    for (const text of ['12', '3.00000', '0.123456789']) expect(shortened(text)).toBe(text);
  });

  it('may have nothing left', () => {
    expect(isTiny('-0.00000000000000000000000000001')).toBe(true);
    expect(isTiny('0.00001')).toBe(false);
  });
});
