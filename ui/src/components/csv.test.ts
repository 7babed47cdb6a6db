import { expect, test } from 'vitest';

import { toCsv } from './csv';

test('a cell that a spreadsheet would run is made harmless, a number stays', () => {
  const cells = ['=1+1', '+a', '-2+3', '@sum', '\tx', '\rx', '-5', '+3.2', 'plain', '＝1'];
  expect(toCsv(['a'], cells.map((cell) => [cell]))).toBe(
    'a\n\'=1+1\n\'+a\n\'-2+3\n\'@sum\n\'\tx\n"\'\rx"\n-5\n+3.2\nplain\n\'＝1\n',
  );
});

test('quotes, commas and line ends are carried, hidden characters shown', () => {
  expect(toCsv(['name', 'note'], [['a "b", c', 'two\nlines'], ['x\u0007y', '']])).toBe(
    'name,note\n"a ""b"", c","two\nlines"\nx[U+0007]y,\n',
  );
});
