// How a table of any source is shown: its name in words, its columns with a kind and a width told from their names.

import type { Column, ColumnKind } from '../../components/table';
import type { TableRowView } from '../../ipc/generated/TableRowView';

/** Columns that are shown unless more are asked for. */
const SHOWN = 8;

/** `ballots_ballot_token` as people read it. */
export function titleOf(table: string): string {
  const words = table.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function kindOf(column: string): ColumnKind {
  if (/(hash|signature|digest|sha256|superseded_by)$/.test(column)) return 'hash';
  if (/(_at|_time|timestamp)$/.test(column)) return 'time';
  if (/(chain_position|weight|count|number|rows)$/.test(column)) return 'number';
  return 'text';
}

const WIDTHS: Record<ColumnKind, number> = { hash: 132, time: 150, number: 90, text: 110 };

/** Columns under the names that the export has. */
export function columnsOf(names: string[]): Column<TableRowView>[] {
  return names.map((name, index) => {
    const kind = kindOf(name);
    const column: Column<TableRowView> = {
      id: name,
      title: name,
      width: WIDTHS[kind],
      kind,
      isExtra: index >= SHOWN,
      text: (row) => row.fields.find(([field]) => field === name)?.[1] ?? '',
    };
    return kind === 'text' ? { ...column, grow: name === 'ranking' ? 4 : 1 } : column;
  });
}
