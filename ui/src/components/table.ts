// What a long table shows: its columns, what each says about a row, and which of them a person wants to see.

export type ColumnKind = 'text' | 'number' | 'time' | 'hash';

export interface Column<Row> {
  /** Stable word, the column's name in copied tables. */
  id: string;
  title: string;
  /** Least width in pixels. */
  width: number;
  /** Share of the room that is left; none where absent. */
  grow?: number;
  kind?: ColumnKind;
  /** Not shown unless asked for. */
  isExtra?: boolean;
  /** The word for the program's order by this column; none where it cannot sort by it. */
  sort?: string;
  /** The full text, as it is copied. */
  text: (row: Row) => string;
}

function keyOf(table: string): string {
  return `columns.${table}`;
}

/** Ids of the columns to show, as chosen on this machine, else those that are no extras. */
export function chosenColumns<Row>(table: string, columns: Column<Row>[]): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(table)) ?? 'null');
    if (Array.isArray(kept)) {
      const known = columns.map((column) => column.id).filter((id) => kept.includes(id));
      if (known.length > 0) return known;
    }
  } catch {
    // What cannot be read was not chosen.
  }
  return columns.filter((column) => !column.isExtra).map((column) => column.id);
}

export function keepColumns(table: string, ids: string[]): void {
  localStorage.setItem(keyOf(table), JSON.stringify(ids));
}
